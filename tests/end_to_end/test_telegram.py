"""The whole path over Telegram, by webhook and by polling, in real processes."""

import asyncio
import re

import pytest

from tests.end_to_end.conftest import PATIENCE, ChatPhone, Installation, telegram_settings, until
from tests.support import planted_pictures
from tests.support.planted import found_in
from tests.support.planted_pictures import is_the_drawing

CODE = r"\d{4}-\d{4}-\d{5}-\d"
JPEG = planted_pictures.jpeg()


@pytest.mark.parametrize("secret", ["", "a-quiet-secret"], ids=["polling", "webhook"])
async def test_a_report_is_read_answered_and_followed(telegram, tmp_path, secret):
    home = Installation(tmp_path, telegram_settings(telegram, secret))
    home.settings["public_url"] = f"http://127.0.0.1:{home.port}"
    async with home.runs() as process:
        await until(lambda: "" in telegram.commands or telegram.commands, "the commands")
        if secret:
            await until(lambda: telegram.webhook, "the webhook")
        phone = ChatPhone(telegram, 70010020)
        await phone.says("/start")
        await phone.presses("Français")
        await phone.says("/report")
        await phone.says("La galerie est tombée près de la rivière")
        told = await phone.says("1", "0", "1")
        assert re.search(CODE, told.text)
        assert told.protected  # nobody can forward a receipt code
    assert telegram.violations == []
    assert b"70010020" not in process.out + process.err


async def test_a_safe_phone_gets_the_answer_in_full_and_answers_back(telegram, tmp_path):
    home = Installation(tmp_path, telegram_settings(telegram))
    async with home.runs() as process:
        link = await process.printed(r"(http://localhost:\d+/welcome/\S+)")
        assert link
        async with home.staffed(process) as amina:
            phone = ChatPhone(telegram, 70010021)
            await phone.says("/start")
            await phone.presses("English")
            await phone.says("/report", "The tunnel has fallen in")
            await phone.presses("Danger", "Skip", "Safe")
            (reference,) = await amina.references()
            await amina.answers(reference, "The inspector comes tomorrow.")
            await phone.hears("The inspector comes tomorrow")
            await phone.says("Thank you, I will wait for her")
            assert "I will wait for her" in await amina.opens(f"/cases/{reference}")
    assert telegram.violations == []


async def test_a_photo_is_cleaned_kept_sealed_and_shown_to_staff(telegram, tmp_path):
    home = Installation(tmp_path, telegram_settings(telegram))
    telegram.files["photo1"] = JPEG
    async with home.runs() as process, home.staffed(process) as amina:
        phone = ChatPhone(telegram, 70010022)
        await phone.says("/start")
        await phone.presses("English")
        await phone.says("/report")
        size = {"file_id": "photo1", "file_unique_id": "u1", "width": 90, "height": 90}
        await phone.sends(photo=[{**size, "file_size": len(JPEG)}])
        (reference,) = await amina.references()

        link = rf'"(/cases/{reference}/attachments/\w+\?download=yes)"'
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(link, await amina.opens(f"/cases/{reference}"))):
                await asyncio.sleep(0.2)
        content = await amina.fetches(found[1])
        assert is_the_drawing(content)
        assert found_in(JPEG)
        assert found_in(content) == set()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert JPEG[1000:1032] not in file.read_bytes()
            assert content[300:332] not in file.read_bytes()
