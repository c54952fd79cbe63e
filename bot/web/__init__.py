"""Pages: the chat page, the public pages and the desk of admins and staff."""
