"""A WeChat of our own: the server interface and the pushes, as strict as the real one, on a clock that tests move."""

from tests.fakes.wechat.account import FakeAccount, Kind
from tests.fakes.wechat.pusher import FakePusher
from tests.fakes.wechat.server import FakeWeChat

__all__ = ["FakeAccount", "FakePusher", "FakeWeChat", "Kind"]
