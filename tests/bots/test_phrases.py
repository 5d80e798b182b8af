from bots.phrases import LANGUAGES, RECEIPT, receipt
from locales import languages, translate


def test_a_receipt_holds_the_code_and_may_not_be_forwarded():
    (prompt,) = receipt("1234-5678-90123-4")
    assert prompt.params == {"code": "1234-5678-90123-4"}
    assert prompt.protect
    assert prompt.choices == ()


def test_without_a_code_there_is_no_receipt():
    assert receipt("") == ()


def test_the_keyword_that_a_receipt_names_is_one_in_each_language():
    for tag, row in languages().items():
        for sms in (False, True):
            said = translate(RECEIPT.msgid, tag, sms=sms)
            assert any(word in said for word in row.words["check"])


def test_languages_are_offered_in_the_order_of_the_table():
    assert [choice.key for choice in LANGUAGES] == list(languages())
    assert [choice.digit for choice in LANGUAGES] == ["1", "2", "3"]
