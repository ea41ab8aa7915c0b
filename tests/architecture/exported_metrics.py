"""Use every instrument once and print what a Prometheus would read; a process of its own, as providers are set once."""

import asyncio
import sys

from opentelemetry.metrics import Counter, Histogram

from lienxa.platform.db.session import Database
from lienxa.platform.settings import get_settings
from lienxa.platform.telemetry import metrics, pipeline, prometheus


async def main() -> None:
    """Measure and print."""
    pipeline.start("web", get_settings(), scraped=True)
    metrics.watch_pool(Database("postgresql://nobody@127.0.0.1:1/nothing").engine)
    for instrument in vars(metrics).values():
        if isinstance(instrument, Counter):
            instrument.add(1, {"lienxa.tenant": "x"})
        elif isinstance(instrument, Histogram):
            instrument.record(0.1, {"queue": "x"})
    gauges = [value for name, value in vars(metrics).items() if name.isupper() and isinstance(value, str)]
    metrics.stand({name: [(1.0, {"queue": "x"})] for name in gauges})
    sys.stdout.write(prometheus.text().decode())


if __name__ == "__main__":
    asyncio.run(main())
