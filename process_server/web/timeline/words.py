"""How the timeline draws and calls what happens: steps, decisions, what else is done to tasks, mails."""

from collections.abc import Mapping

from process_server.i18n import gettext_noop

LOOKS = {  # element type -> (icon, colour, kind)
    "userTask": ("check", "ok", "decision"),
    "manualTask": ("check", "", "decision"),
    "startEvent": ("player-play", "accent", "decision"),
    "endEvent": ("flag", "accent", "decision"),
    "serviceTask": ("settings", "", "system"),
    "sendTask": ("send", "", "system"),
    "scriptTask": ("variable", "", "system"),
    "businessRuleTask": ("route", "calm", "system"),
    "receiveTask": ("mail", "calm", "system"),
    "callActivity": ("subtask", "calm", "system"),
    "boundaryEvent": ("clock-exclamation", "warn", "time"),
    "timer": ("clock", "calm", "time"),
    "event": ("hourglass", "calm", "time"),
    "intermediateCatchEvent": ("hourglass", "calm", "time"),
    "intermediateThrowEvent": ("send", "", "system"),
}
ENDS = {"startEvent", "endEvent"}  # of a called case they are only steps of the case that called it
UNNAMED = {"startEvent": gettext_noop("Case started"), "endEvent": gettext_noop("Case ended")}  # few name these
AUTOMATIC = {"serviceTask", "scriptTask", "businessRuleTask", "intermediateThrowEvent", "callActivity"}
ACTS: Mapping[str, tuple[str, str, str]] = {  # what people do beside deciding -> (icon, colour, words)
    "approve": ("check", "ok", ""),
    "reject": ("x", "bad", ""),
    "submit": ("check", "ok", gettext_noop("completed it")),
    "return": ("arrow-back-up", "warn", gettext_noop("returned it to {target}")),
    "recall": ("arrow-back-up", "warn", gettext_noop("recalled it to {target}")),
    "undo": ("arrow-back-up", "warn", gettext_noop("took the decision back")),
    "withdraw": ("ban", "bad", gettext_noop("withdrew the case")),
    "transfer": ("user-share", "calm", gettext_noop("handed it on to {people}")),
    "delegate": ("user-check", "calm", gettext_noop("delegated it to {people}")),
    "resolve": ("corner-down-left", "calm", gettext_noop("gave it back to {people}")),
    "add_signer": ("user-plus", "calm", gettext_noop("added {people} to sign")),
    "remove_signer": ("user-minus", "calm", gettext_noop("took {people} off the signers")),
    "copy": ("mail", "", gettext_noop("sent a copy to {people}")),
    "remind": ("bell-ringing", "", gettext_noop("asked {people} for it")),
    "skip": ("arrow-forward-up", "", gettext_noop("passed by itself")),
    "timeout": ("alarm", "warn", gettext_noop("decided by the time limit")),
}
AUDITED: Mapping[str, tuple[str, str, str, str]] = {  # what else is done to a task -> (icon, colour, kind, words)
    "claim": ("hand-grab", "", "decision", gettext_noop("claimed it")),
    "release": ("arrow-back-up", "", "decision", gettext_noop("gave it back to the queue")),
    "reschedule": ("calendar-due", "", "time", gettext_noop("changed its dates")),
    "pause": ("player-pause", "calm", "time", gettext_noop("stopped its clock")),
    "resume": ("player-play", "calm", "time", gettext_noop("let its clock go on")),
    "escalate": ("flag", "bad", "time", gettext_noop("Overdue: escalated")),
}
OPERATED: Mapping[str, tuple[str, str, str]] = {  # what is done to a whole case -> (icon, colour, words)
    "migrate": ("arrow-right", "calm", gettext_noop("moved the case to version {version} of the model")),
    "suspend": ("player-pause", "warn", gettext_noop("suspended the case")),
    "activate": ("player-play", "", gettext_noop("let the case go on")),
    "modify": ("route", "warn", gettext_noop("moved what stood in the case: {moves}")),
}
MOVES = {  # the instructions of a modification -> words
    "cancel": gettext_noop("“{step}” taken away"),
    "before": gettext_noop("“{step}” begun"),
    "after": gettext_noop("begun behind “{step}”"),
    "along": gettext_noop("begun along {step}"),
}
MAILS = {
    "pending": gettext_noop("about to be sent"),
    "sent": gettext_noop("sent"),
    "failed": gettext_noop("could not be sent"),
    "kept": gettext_noop("kept: this server sends no mail"),
}
