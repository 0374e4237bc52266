"""Text in English, simplified and traditional Chinese: message catalogues by language and package."""

from gridpart.i18n.catalogues import LANGUAGES, require_language, translator
from gridpart.i18n.po import PoSyntaxError, parse_po
from gridpart.i18n.punctuation import aside, labelled, listed, sentences

__all__ = [
    "LANGUAGES",
    "PoSyntaxError",
    "aside",
    "labelled",
    "listed",
    "parse_po",
    "require_language",
    "sentences",
    "translator",
]
