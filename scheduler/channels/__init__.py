"""Ways to reach the office: each a small class with `send`, see `storage.outbox.Channel`.

The official account is not here: its credentials live in the web process, which delivers the messages of that channel.
"""
