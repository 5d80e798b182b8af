import pytest

from channels.base import Hook, Media
from channels.errors import Forged, Refused
from channels.twilio_account import TwilioAccount
from tests.support.twilio_server import TwilioServer

PUBLIC = "https://baraza.example"
HOOK = f"{PUBLIC}/hooks/any?a=1"


class Anything(TwilioAccount):
    hook_path = "/hooks/any"


@pytest.fixture
async def twilio():
    async with TwilioServer() as server:
        yield server


@pytest.fixture
async def account(twilio):
    made = Anything(
        account_sid=twilio.account,
        auth_tokens=("an older token", twilio.token),
        api_url=twilio.url,
        public_url=f"{PUBLIC}/",
        default_region="KE",
    )
    yield made
    await made.close()


def test_while_tokens_are_rotated_either_signs(account, twilio):
    form = {"a": "", "b": "é"}
    hook = Hook(HOOK, {"x-twilio-signature": twilio.sign(HOOK, form)}, b"a=&b=%C3%A9")
    assert dict(account._signed(hook)) == form


@pytest.mark.parametrize("signature", ["", "wrong"])
def test_what_is_not_signed_is_forged(account, signature):
    with pytest.raises(Forged):
        account._signed(Hook(HOOK, {"x-twilio-signature": signature}, b"a=1"))


def test_reports_are_asked_for_below_the_hook(account):
    assert account._report_to("m1") == f"{PUBLIC}/hooks/any/status?m=m1"


@pytest.mark.parametrize("where", ["https://elsewhere.example/x", "file:///etc/passwd"])
async def test_nothing_is_fetched_or_deleted_elsewhere(account, where):
    media = Media(where, "voice", "audio/wav")
    with pytest.raises(Refused):
        await account.fetch(media)
    with pytest.raises(Refused):
        await account.erase(media)


async def test_an_account_that_is_refused_is_named(account, twilio):
    finding = await account._check_account()
    assert not finding.well
    assert twilio.account not in finding.advice
