"""What errors say in other languages."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from gridpart.errors import CertificateError, EditRefused, InputError
from gridpart.i18n import Joined, Message, clauses, explain, listed, messages, sentences
from gridpart.i18n.messages import Join

say = messages("cli")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDPART_LANG", "en")


def test_a_message_is_english_and_can_be_told_in_chinese() -> None:
    message = say("Bank {bank}", bank="{x} %s")
    assert message == "Bank {x} %s"
    assert message.told("zh-Hans") == "银行 {x} %s"
    assert message.told("zh-Hant") == "銀行 {x} %s"


def test_messages_within_messages_are_told_in_the_same_language() -> None:
    inner = InputError(say("Gaps"))
    assert say("Bank {bank}", bank=inner) == "Bank Gaps"
    assert say("Bank {bank}", bank=inner).told("zh-Hant") == "銀行 縫隙"
    assert say("Bank {bank}", bank=say("Gaps")).told("zh-Hans") == "银行 缝隙"


def test_lists_clauses_and_sentences_are_joined_as_each_language_does() -> None:
    assert say("Bank {bank}", bank=Joined(["A", "B"])).told("zh-Hans") == "银行 A、B"
    both = Joined([say("Gaps"), Joined(["a, b", "{c}"], clauses), say("Gaps")], sentences)
    assert both == "Gaps a, b; {c} Gaps"
    assert both.told("zh-Hant") == "縫隙a, b；{c}縫隙"
    assert str(say("Bank {bank!r}", bank=Joined(["A", "B"]))) == "Bank 'A, B'"
    assert not Joined([])


def test_braces_in_data_are_data_in_every_part() -> None:
    odd = "{bank} {0} {} %s {"
    message = say("Bank {bank}", bank=Joined([odd, say("Bank {bank}", bank=odd), InputError(odd)]))
    assert message == f"Bank {odd}, Bank {odd}, {odd}"
    assert message.told("zh-Hans") == f"银行 {odd}、银行 {odd}、{odd}"


def test_a_message_keeps_what_an_error_says_and_not_the_error() -> None:
    message = say("Bank {bank}", bank=InputError(say("Gaps")))
    assert isinstance(message.values["bank"], Message)
    assert say("Bank {bank}", bank=KeyError("a")).values == {"bank": "'a'"}


@pytest.mark.parametrize("kind", [InputError, CertificateError, EditRefused])
def test_an_error_on_a_chinese_system_carries_the_chinese_text_as_a_note(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = kind(say("Gaps"))
    assert not hasattr(quiet, "__notes__")
    monkeypatch.setenv("GRIDPART_LANG", "zh-Hans")
    told = kind(say("Gaps"))
    assert str(told) == "Gaps"
    assert traceback.format_exception(told)[-2:] == [f"gridpart.errors.{kind.__name__}: Gaps\n", "缝隙\n"]
    assert explain(told, "zh-Hant") == "縫隙"


def test_the_language_of_the_system_counts_where_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRIDPART_LANG")
    monkeypatch.setenv("LC_ALL", "zh_TW.UTF-8")
    assert InputError(say("Gaps")).__notes__ == ["縫隙"]


def test_a_message_goes_through_copies_and_processes() -> None:
    message = say("Bank {bank}", bank="A")
    for twin in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert isinstance(twin, Message)
        assert twin.told("zh-Hans") == "银行 A"
    assert explain(pickle.loads(pickle.dumps(InputError(message))), "zh-Hans") == "银行 A"


@pytest.mark.parametrize("by", [listed, clauses, sentences])
def test_joined_messages_go_through_copies_and_processes(by: Join) -> None:
    joined = Joined([say("Gaps"), "a"], by)
    for twin in (copy.deepcopy(joined), pickle.loads(pickle.dumps(joined))):
        assert twin == joined
        assert twin.told("zh-Hans") == by(["缝隙", "a"], "zh-Hans")


def test_other_errors_are_returned_as_they_stand() -> None:
    assert explain(KeyError("a"), "zh-Hans") == "'a'"
    assert explain(InputError("plain"), "zh-Hans") == "plain"
    assert explain(InputError(), "zh-Hans") == ""
