"""The command line: `process-server COMMAND`, in a checkout also `./run COMMAND`.

What a command needs is imported when it runs: `--help` and the small ones answer at once.
"""

import sys

import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from process_server.cli import archives, checking, filling, running
from process_server.cli.console import errors, locate
from process_server.errors import ProcessServerError

cli = typer.Typer(
    name="process-server",
    help="A CRM whose programs are BPMN diagrams.\n\n`process-server up` runs everything on this machine. The other"
    " commands run one part each, or look after the data; they use the servers that DATABASE_URL and BROKER_URL name,"
    " or those of the `up` that runs on the same data folder.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    running.up, running.api, running.worker, running.beat,
    filling.migrate, filling.deploy, filling.people, filling.demo, filling.setup,
    checking.health, archives.backup, archives.restore, checking.doctor,
):  # fmt: skip
    cli.command()(command)

audit = typer.Typer(help="Look after the audit: who did what.", no_args_is_help=True)
audit.command()(checking.verify)
cli.add_typer(audit, name="audit")


def main() -> None:
    """Run the command line; an error of ours is a message and exit code 1, not a traceback."""
    try:
        cli(prog_name="process-server")
    except ProcessServerError as error:
        for problem in getattr(error, "problems", []):
            if "message" in problem:
                errors.print(f"[red]{problem.get('severity', 'error')}[/] {locate(problem)}", highlight=False)
        errors.print(f"[red]{error.message}[/]", highlight=False, soft_wrap=True)
        sys.exit(1)
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            variable = name if name.isupper() else f"PROCESS_SERVER_{name.upper()}"
            reason = fault["msg"].removeprefix("Value error, ")
            errors.print(f"[red]{variable}[/] is {fault['input']!r}: {reason}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except OperationalError as error:
        reason = str(error.orig).strip().split("\n")[0]
        errors.print(f"[red]The database cannot be used:[/] {reason}", highlight=False, soft_wrap=True)
        errors.print("`process-server doctor` tells more; the address is DATABASE_URL.", highlight=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
