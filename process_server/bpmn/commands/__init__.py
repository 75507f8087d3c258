"""Everything that can be done to a process, one verb each; every command runs inside its caller's unit of work."""

from process_server.bpmn.commands.batches import (
    delete_batch,
    migrate_back,
    migrate_in_background,
    retry_batch,
    start_batch,
    suspend_batch,
)
from process_server.bpmn.commands.bulk import Bulk, Done, Outcome, do_in_bulk
from process_server.bpmn.commands.correlating import Message, Reached, correlate, start_by_conditions
from process_server.bpmn.commands.definitions import delete_definitions, delete_deployment
from process_server.bpmn.commands.deploy import Deployed, deploy
from process_server.bpmn.commands.events import (
    TimerFailed,
    broadcast_signal,
    correlate_message,
    deliver_kept_message,
    fire_next_start,
    fire_timer,
    fire_timers,
    postpone_timer,
)
from process_server.bpmn.commands.executing import set_local_variables, trigger
from process_server.bpmn.commands.fetching import (
    AT_ONCE,
    LockedJob,
    Order,
    Wanted,
    claim_connector_job,
    fetch_and_lock,
    give_back,
    hand_out,
    next_free,
)
from process_server.bpmn.commands.forms import FormChanged, check_form, save_form
from process_server.bpmn.commands.history import clean_history, delete_history, keep_history
from process_server.bpmn.commands.inbox_rules import RulesFailed, apply_next_rules, drop_call
from process_server.bpmn.commands.incidents import annotate_incident, retry_incident
from process_server.bpmn.commands.instances import cancel_instance, latest, set_variables, start_instance
from process_server.bpmn.commands.mail_decisions import approval_of, decide_by_mail, reader_of
from process_server.bpmn.commands.migrating import CannotMigrate, InvalidPlan, Migration, check_plan, migrate_instance
from process_server.bpmn.commands.modification import Begin, Cancel, Instruction, modify_instance, move_token
from process_server.bpmn.commands.operated_jobs import delay_job, run_job_now, suspend_job
from process_server.bpmn.commands.raising import escalate_task, raise_task_error
from process_server.bpmn.commands.restarting import Restart, restart_instance
from process_server.bpmn.commands.retrying import retry_instance
from process_server.bpmn.commands.returning import return_task
from process_server.bpmn.commands.service_jobs import (
    complete_job,
    extend_lock,
    fail_job,
    lock_job,
    raise_job_error,
    set_priority,
    set_retries,
    unlock,
)
from process_server.bpmn.commands.signers import add_signers, remove_later_signer, remove_signer
from process_server.bpmn.commands.suspension import (
    forget_planned_suspension,
    suspend_as_planned,
    suspend_definition,
    suspend_instance,
    suspend_instances,
)
from process_server.bpmn.commands.taking_back import recall, undo_task
from process_server.bpmn.commands.task_variables import set_task_variables
from process_server.bpmn.commands.timeouts import TimeoutFailed, postpone_timeout, time_out_tasks
from process_server.bpmn.commands.timers import fire_timer_now, recalculate_timer, reschedule_timer
from process_server.bpmn.commands.user_tasks import complete_user_task
from process_server.bpmn.commands.withdrawing import withdraw
from process_server.bpmn.runtime.addressing import Address

__all__ = [
    "AT_ONCE",
    "Address",
    "Begin",
    "Bulk",
    "Cancel",
    "CannotMigrate",
    "Deployed",
    "Done",
    "FormChanged",
    "Instruction",
    "InvalidPlan",
    "LockedJob",
    "Message",
    "Migration",
    "Order",
    "Outcome",
    "Reached",
    "Restart",
    "RulesFailed",
    "TimeoutFailed",
    "TimerFailed",
    "Wanted",
    "add_signers",
    "annotate_incident",
    "apply_next_rules",
    "approval_of",
    "broadcast_signal",
    "cancel_instance",
    "check_form",
    "check_plan",
    "claim_connector_job",
    "clean_history",
    "complete_job",
    "complete_user_task",
    "correlate",
    "correlate_message",
    "decide_by_mail",
    "delay_job",
    "delete_batch",
    "delete_definitions",
    "delete_deployment",
    "delete_history",
    "deliver_kept_message",
    "deploy",
    "do_in_bulk",
    "drop_call",
    "escalate_task",
    "extend_lock",
    "fail_job",
    "fetch_and_lock",
    "fire_next_start",
    "fire_timer",
    "fire_timer_now",
    "fire_timers",
    "forget_planned_suspension",
    "give_back",
    "hand_out",
    "keep_history",
    "latest",
    "lock_job",
    "migrate_back",
    "migrate_in_background",
    "migrate_instance",
    "modify_instance",
    "move_token",
    "next_free",
    "postpone_timeout",
    "postpone_timer",
    "raise_job_error",
    "raise_task_error",
    "reader_of",
    "recalculate_timer",
    "recall",
    "remove_later_signer",
    "remove_signer",
    "reschedule_timer",
    "restart_instance",
    "retry_batch",
    "retry_incident",
    "retry_instance",
    "return_task",
    "run_job_now",
    "save_form",
    "set_local_variables",
    "set_priority",
    "set_retries",
    "set_task_variables",
    "set_variables",
    "start_batch",
    "start_by_conditions",
    "start_instance",
    "suspend_as_planned",
    "suspend_batch",
    "suspend_definition",
    "suspend_instance",
    "suspend_instances",
    "suspend_job",
    "time_out_tasks",
    "trigger",
    "undo_task",
    "unlock",
    "withdraw",
]
