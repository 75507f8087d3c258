"""For developers: `python -m process_server.i18n extract` brings the catalogues to the code, `check` tells the gaps."""

import sys

import typer

from process_server.i18n import catalogues
from process_server.i18n.texts import LANGUAGES

app = typer.Typer(help="Maintain the texts in both languages.", no_args_is_help=True)


@app.command()
def extract() -> None:
    """Add the texts that are new in the code and the pages to every catalogue, and drop what is gone."""
    for language in LANGUAGES:
        catalogues.update(language)
    _report()


@app.command()
def check() -> None:
    """Say which texts lack a translation and which are no longer used; fail where there are any."""
    if _report():
        sys.exit(1)


def _report() -> int:
    faults = 0
    for language in LANGUAGES:
        for title, texts in (
            ("lacks", catalogues.untranslated(language)),
            ("no longer needs", catalogues.obsolete(language)),
        ):
            for text in texts:
                typer.echo(f"{language} {title}: {text!r}")
            faults += len(texts)
    typer.echo(f"{faults} texts to mend" if faults else "all texts are there in every language")
    return faults


if __name__ == "__main__":
    app()
