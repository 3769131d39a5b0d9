"""Find a model by folder or hub name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rag.errors import ModelError

MODEL_FILES: Final = ("*.safetensors", "*.bin", "*.json", "*.txt", "*.model")


def find_folder(name: str, revision: str | None, what: str) -> Path:
    """Local folder of a model: the given folder, or the snapshot of a hub model, which is fetched if that is allowed.

    `what` names the model in errors. Raises `ModelError` if it is not on this machine and cannot be fetched.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_OFFLINE
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    do = "give a folder of a model or `bundled`, or fetch the model where there is network access"
    if folder.is_absolute() or name.startswith((".", "~")):
        raise ModelError("there is no such folder", where=name, do=do)
    try:
        return Path(snapshot_download(name, revision=revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        if isinstance(error, HFValidationError) or HF_HUB_OFFLINE:
            raise ModelError(f"the {what} is not on this machine", where=name, do=do) from error
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=[*MODEL_FILES, "*/*.json"]))
    except (LocalEntryNotFoundError, HfHubHTTPError, OfflineModeIsEnabled, OSError) as error:
        raise ModelError(f"the {what} cannot be fetched: {error}", where=name, do=do) from error
