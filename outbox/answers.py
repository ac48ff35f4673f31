"""Finds the fault in a mail server's refusal: the address, the mail, or us.

Pure: a code, a text and a step in, a fault out. The enhanced code (RFC 3463) says it, and without
one the text does. A code that is not named here counts as policy: most answers of this kind say
"not you" or "not now", and the customer who gave the address can't help it.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Fault(StrEnum):
    ADDRESS = "address"  # there is no such mailbox
    MAILBOX_FULL = "mailbox_full"  # there is one, and somebody may empty it
    CONTENT = "content"  # the mail is too large, or of a kind that is not taken
    POLICY = "policy"  # the server does not want mail from us, or not now


class Step(StrEnum):
    SENDER = "sender"  # MAIL: the recipient was not named yet
    RECIPIENT = "recipient"  # RCPT: the answer is about the address alone
    OTHER = "other"


LOG_IN_FIRST = 530  # about our account at the mail server, not about a mail

_ENHANCED = re.compile(r"\s*5\.(\d{1,3})\.(\d{1,3})(?!\d)")
_OF_ADDRESSES = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)}
_OF_FULL_MAILBOXES = {(2, 2)}
_OF_SIZE = {(2, 3), (3, 4)}
_CONTENT = 6  # the subject "message content or media"
_BARE_ABOUT_ADDRESSES = {550, 551, 553}
_ABOUT_US = re.compile(r"relay|polic(?:y|ies)|quota|block", re.IGNORECASE)
_SAYS_FULL = re.compile(r"mailbox (?:is )?full|full mailbox|over (?:its )?quota", re.IGNORECASE)
_SAYS_LARGE = re.compile(r"too (?:large|big)|message size|size limit", re.IGNORECASE)


def is_final(code: int) -> bool:
    """Whether the answer is a refusal. Others ask us to come back later."""
    return code >= 500 and code != LOG_IN_FIRST


def fault_of(code: int, text: str, step: Step) -> Fault:
    """The fault in a refusal with that code and text, at that step of the conversation."""
    fault = _fault_in(code, text, step)
    is_of_recipient = fault in (Fault.ADDRESS, Fault.MAILBOX_FULL)
    return Fault.POLICY if step is Step.SENDER and is_of_recipient else fault


def _fault_in(code: int, text: str, step: Step) -> Fault:
    enhanced = _ENHANCED.match(text)
    if enhanced:
        return _by_enhanced_code(int(enhanced[1]), int(enhanced[2]), text)
    if _SAYS_FULL.search(text):
        return Fault.MAILBOX_FULL
    if _SAYS_LARGE.search(text):
        return Fault.CONTENT
    bare = step is Step.RECIPIENT and code in _BARE_ABOUT_ADDRESSES
    return Fault.ADDRESS if bare and not _ABOUT_US.search(text) else Fault.POLICY


def _by_enhanced_code(subject: int, detail: int, text: str) -> Fault:
    if (subject, detail) in _OF_FULL_MAILBOXES:
        return Fault.MAILBOX_FULL
    if subject == _CONTENT or (subject, detail) in _OF_SIZE:
        return Fault.CONTENT
    if (subject, detail) in _OF_ADDRESSES and not _ABOUT_US.search(text):
        return Fault.ADDRESS
    return Fault.POLICY
