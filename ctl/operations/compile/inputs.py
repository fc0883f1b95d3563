"""What a run was made of, for the next one to compare: see `ctl.apply.applied`."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from ctl.apply import applied
from ctl.facts.host import located
from ctl.facts.stamps import stamp
from ctl.operations.compile.prepare import Prepared
from ctl.paths import Layout

# The kernel stamps files with a clock that lags behind by up to one tick.
TICK_NANOSECONDS = 10_000_000
# Equals the digest of no file, so that the next run looks again.
MOVING = "changed while it was read"


def inputs_of(
    layout: Layout, prepared: Prepared, number: int, since: int, processes: dict[str, int]
) -> applied.Applied:
    """Describe what a generation was made of.

    Args:
        layout: the root.
        prepared: what was put in force.
        number: of the generation.
        since: when the run began to read, in nanoseconds since 1970. A file that was changed later may have
            been read before or after its change.
        processes: the pids of the services, as they were verified.
    """
    evaluated, plan = prepared.source.evaluated, prepared.plan
    paths = [str(located(layout, prepared.source.path, name)) for name in evaluated.inputs.files]
    # Also the real certificate's paths while a stand-in is used: it may arrive at any time.
    paths += [
        str(layout.under(path)) for pair in prepared.source.derived.certificate_candidates for path in pair
    ]
    if plan.registry and plan.registry.bundle is None and plan.registry.jwks is not None:
        # A key set is made from it.
        paths.append(plan.registry.bundle_path)
    if plan.vhost and plan.vhost.tls:
        paths += [plan.vhost.tls.certificate, plan.vhost.tls.key]
    files = {path: _digest(Path(path), layout, since) for path in sorted(set(paths))}
    files[str(prepared.source.path)] = sha256(prepared.source.text.encode()).hexdigest()
    files[str(layout.secrets_file)] = (
        sha256(prepared.secrets.text.encode()).hexdigest() if layout.secrets_file.exists() else None
    )
    return applied.Applied(
        program=applied.program_stamp(),
        settings_file=str(prepared.source.path),
        files=files,
        stamps={part.binary: part.stamp for part in (plan.registry, plan.vhost) if part}
        | {path: stamp(Path(path)) for path in _certificates(prepared, layout)},
        environment={name: applied.hidden(value) for name, value in evaluated.inputs.environment.items()},
        node={name: value or "" for name, value in evaluated.inputs.node.items()}
        | ({"hostname": prepared.host_name} if prepared.host_name else {}),
        directories=sorted(directory.path for directory in prepared.rendered.directories),
        generation=number,
        processes=processes,
        listings=evaluated.inputs.listings,
        certificate=prepared.certificate_read.as_json() if prepared.certificate_read else None,
    )


def _certificates(prepared: Prepared, layout: Layout) -> list[str]:
    """Return what nginx reads beside the generation; a certificate of ctl's own is no input."""
    tls = prepared.plan.vhost.tls if prepared.plan.vhost else None
    pair = (tls.certificate, tls.key) if tls else ()
    return [path for path in pair if not Path(path).is_relative_to(layout.state)]


def _digest(path: Path, layout: Layout, since: int) -> str | None:
    # What lies in ctl's own state is written by this very run.
    if not path.is_relative_to(layout.state):
        try:
            if path.stat().st_ctime_ns > since - TICK_NANOSECONDS:
                return MOVING
        except OSError:
            return None
    return applied.digest_of(path)
