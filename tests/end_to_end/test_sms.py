"""The whole path over SMS: from a text message to an answered case, in real processes."""

import re

from locales import translate
from tests.end_to_end.conftest import Installation, SmsPhone, twilio_settings

CODE = r"\d{4}-\d{4}-\d{5}-\d"


async def test_a_report_is_read_answered_and_followed(twilio, tmp_path):
    home = Installation(tmp_path, twilio_settings(twilio))
    async with home.runs() as process, home.staffed(process) as amina:
        phone = SmsPhone(twilio, process, "+254711000001")
        await phone.says("Habari", "3", "1", "Handaki limeanguka karibu na mto")
        await phone.says("1", "0", "2")
        code = (await phone.hears(CODE))[0]

        (reference,) = await amina.references()
        assert "Handaki limeanguka" in await amina.opens(f"/cases/{reference}")
        await amina.answers(reference, "Mkaguzi anakuja kesho asubuhi.")

        await phone.hears(re.escape(translate("You have news.", "sw", sms=True)))
        assert not any("Mkaguzi" in text for text in phone.heard)  # pulled, never pushed
        await phone.says("1")
        await phone.hears("Mkaguzi anakuja kesho")

        await phone.says("Asante, nitamsubiri")
        assert "nitamsubiri" in await amina.opens(f"/cases/{reference}")

        other = SmsPhone(twilio, process, "+254711000002")
        await other.says(f"CHECK {code}")
        assert not any("Handaki" in text or "Mkaguzi" in text for text in other.heard)
    assert twilio.violations == []
    assert b"254711" not in process.out + process.err


async def test_a_dialogue_survives_a_restart_in_the_middle(twilio, tmp_path):
    home = Installation(tmp_path, twilio_settings(twilio))
    async with home.runs() as process:
        phone = SmsPhone(twilio, process, "+254711000003")
        await phone.says("hello", "1", "1", "The guards took our gold")
    async with home.runs() as process:
        phone.process = process
        assert "Which one" in await phone.says("3")
        await phone.says("3", "0")
        assert re.search(CODE, await phone.says("1"))


async def test_stop_is_confirmed_by_twilio_alone(twilio, tmp_path):
    home = Installation(tmp_path, twilio_settings(twilio))
    async with home.runs() as process:
        phone = SmsPhone(twilio, process, "+254711000004")
        await phone.says("hello", "1")
        before = len(phone.heard)
        await twilio.inbound(f"{process.public}/hooks/sms", "STOP", phone.number)
        await phone.says("REPORT the guards took our gold")
        assert re.search(CODE, phone.heard[-1])
        assert len(phone.heard) == before + 1
