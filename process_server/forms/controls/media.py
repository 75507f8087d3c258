"""Files of which the form expects a certain kind: pictures, scanned documents, signatures."""

from process_server.forms import images
from process_server.forms.components import Field, FileField
from process_server.forms.controls.behaviour import Behaviour, Context
from process_server.forms.inputs import Refused
from process_server.forms.uploads import check_files
from process_server.values import Value

SCANS = ("application/pdf", "image/jpeg", "image/png", "image/tiff")


class _Kind(Behaviour):
    """Files that have to be of certain media types, told by their bytes."""

    kinds: tuple[str, ...] = ()
    most = 1_000

    def settle(self, field: Field, value: Value, context: Context) -> Value:
        assert isinstance(field, FileField)
        chosen = check_files(field, value, context.held, context.files, context.scope)
        for file in chosen:
            if file["type"].partition(";")[0] not in self.kinds:
                raise Refused("file_type", name=file["name"], accept=", ".join(self.kinds))
        if len(chosen) > self.most:
            raise Refused("one_file_only")
        return chosen


class Picture(_Kind):
    """Pictures that can be decoded: what cannot is no picture by its media type either (see `images`)."""

    kinds = tuple(images.KINDS.values())


class Scan(_Kind):
    """A scanned document."""

    kinds = SCANS


class Signature(_Kind):
    """A signature drawn by hand: one PNG, bound to what was sent along with it."""

    kinds = ("image/png",)
    most = 1
