"""Text in English, simplified and traditional Chinese: message catalogues by language and package."""

from gridpart.i18n.catalogues import LANGUAGES, require_language, system_language, translator
from gridpart.i18n.messages import Joined, Message, explain, messages
from gridpart.i18n.po import PoSyntaxError, parse_po
from gridpart.i18n.punctuation import aside, clauses, labelled, lines, listed, sentences

__all__ = [
    "LANGUAGES",
    "Joined",
    "Message",
    "PoSyntaxError",
    "aside",
    "clauses",
    "explain",
    "labelled",
    "lines",
    "listed",
    "messages",
    "parse_po",
    "require_language",
    "sentences",
    "system_language",
    "translator",
]
