import struct

import pikepdf
import pytest

from bots import posters
from bots.conversation import Said
from bots.posters import Poster
from bots.router import route
from locales import languages


def poster(language="fr", **more):
    return Poster("Colline de Kobalo", "KB12", language, **{"number": "40123", **more})


@pytest.mark.parametrize("language", languages())
def test_what_it_asks_people_to_send_puts_them_on_the_list(language):
    made = poster(language)
    heard = route(Said(made.words, language), None)
    assert (heard.conversation, heard.said.text) == ("subscribe", "KB12")


@pytest.mark.parametrize("language", languages())
def test_what_the_code_for_telegram_opens_puts_them_on_the_list(language):
    link = poster(language, bot="baraza_bot").codes()["telegram"]
    address, _, payload = link.partition("?start=")
    assert address == "https://t.me/baraza_bot"
    heard = route(Said("/start", "en", choice=payload), None)
    assert (heard.conversation, heard.said.text) == ("subscribe", "KB12")
    assert heard.said.language == language


def test_there_is_a_code_for_what_there_is():
    assert poster().codes() == {"sms": "SMSTO:40123:INSCRIRE KB12"}
    assert set(poster(number="", bot="baraza_bot").codes()) == {"telegram"}
    abroad = Poster("x", "ÉB12", "fr", "", "baraza_bot")
    assert abroad.codes() == {}  # a link to Telegram cannot carry it


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("more", [{}, {"bot": "baraza_bot"}, {"bot": "baraza_bot", "number": ""}])
def test_it_is_one_page_of_a4_with_its_letters_in_it(language, more, tmp_path):
    body = posters.as_pdf(poster(language, **more))
    assert body == posters.as_pdf(poster(language, **more))
    file = tmp_path / "poster.pdf"
    file.write_bytes(body)
    with pikepdf.open(file) as pdf:
        (page,) = pdf.pages
        assert [round(float(side)) for side in page.mediabox] == [0, 0, 595, 842]
        fonts = page.resources.Font.values()
        assert all(
            "/FontFile2" in font.FontDescriptor for font in fonts if "/FontDescriptor" in font
        )
        assert any("/FontDescriptor" in font for font in fonts)


@pytest.mark.parametrize("language", languages())
def test_the_font_has_every_letter_of_our_languages(language):
    assert posters.missing(poster(language)) == frozenset()
    assert posters.missing(Poster("Daɓa", "KB12", language)) == {"ɓ"}


@pytest.mark.parametrize("more", [{}, {"bot": "baraza_bot"}, {"bot": "baraza_bot", "number": ""}])
def test_the_same_page_is_a_picture(more):
    body = posters.as_picture(poster(**more))
    assert body == posters.as_picture(poster(**more))
    width, height = struct.unpack(">II", body[16:24])
    assert (width, height) == (1654, 2339)


def test_a_code_alone_is_a_sharp_picture():
    picture = posters.as_png("https://t.me/baraza_bot?start=join-KB12-fr")
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == height
    assert width > 600
