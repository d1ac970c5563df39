"""What erasing a person does, in words. Pure."""

from collections.abc import Mapping
from typing import Any


def erasure_words(answer: Mapping[str, Any], *, done: bool) -> str:
    """`answer`: the API's, of an erasure that was done or only planned."""
    would = "" if done else "would be "
    lines = [f"contact {', '.join(map(str, answer['contacts']))}", f"{would}erased:"]
    lines += [f"  {one['table']}: {one['rows']} x {one['what']}" for one in answer["erased"]] or ["  nothing is left"]
    lines += [f"{would}kept:", *(_kept(one) for one in answer["kept"])]
    if answer["recordings_deleted"]:
        lines += [f"{answer['recordings_deleted']} recordings {'were' if done else 'would be'} deleted"]
    if answer["recordings"]:
        lines += ["recordings, where there are any, that are still there:"]
        lines += [f"  {one['attempt']}: {one['why']}" for one in answer["recordings"]]
    return "\n".join([*lines, "" if done else "nothing is done yet: --yes does it"]).rstrip()


def _kept(one: Mapping[str, Any]) -> str:
    until = "" if one["until"] is None else f"; until {one['until'][:10]}, erase again then"
    return f"  {one['table']}: {one['rows']} x {one['what']} ({one['why']}{until})"
