"""Both languages: texts by gettext, and which language a reader wants.

The texts in the code are English; `process_server/locale` holds them in each language and is read from its `.po` files,
so that there is nothing to build. `python -m process_server.i18n` maintains them.
"""

from process_server.i18n.texts import (
    LANGUAGES,
    Named,
    choose,
    enumerated,
    error_text,
    fill,
    gettext_noop,
    locale,
    spoken,
    supported,
    translate,
    translate_plural,
    worded,
)

__all__ = [
    "LANGUAGES",
    "Named",
    "choose",
    "enumerated",
    "error_text",
    "fill",
    "gettext_noop",
    "locale",
    "spoken",
    "supported",
    "translate",
    "translate_plural",
    "worded",
]
