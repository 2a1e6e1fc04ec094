#!/usr/bin/env python3
"""Reads Sunledger's events from NATS JetStream, with nats-py (pip install nats-py) and nothing else.

    python3 docs/subscriber.py nats://127.0.0.1:4222 'events.>' my-name

The consumer is durable: started again under the same name, it goes on where it was. Every event comes at least once and
in the log's order; `Sunledger-Position` tells one that was heard before. Keep that position with whatever you make of
the events, in one transaction: here a file stands for your database.
"""
import asyncio
import json
import pathlib
import sys

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

URL, SUBJECT, NAME = (sys.argv[1:] + ["nats://127.0.0.1:4222", "events.>", "example"][len(sys.argv) - 1:])[:3]
SEEN = pathlib.Path(f"{NAME}.position")
CONFIG = ConsumerConfig(
    deliver_policy=DeliverPolicy.ALL,  # from the beginning; NEW begins with what happens from now on
    ack_policy=AckPolicy.EXPLICIT,
    ack_wait=30,  # seconds; what is not acknowledged by then comes again
)


def handle(position, event):
    data = json.dumps(event.get("data"), ensure_ascii=False)
    print(position, event["tenant"], event["type"], event["id"], data[:120], flush=True)


async def take(events):
    messages = await events.fetch(100, timeout=5)
    seen = int(SEEN.read_text()) if SEEN.exists() else 0
    for message in messages:
        position = int((message.headers or {}).get("Sunledger-Position", 0))
        if position > seen:
            handle(position, json.loads(message.data))
            seen = position
    SEEN.write_text(str(seen))
    for message in messages:
        await message.ack()


async def main():
    client = await nats.connect(URL, max_reconnect_attempts=-1)
    while True:
        try:
            events = await client.jetstream().pull_subscribe(SUBJECT, durable=NAME, config=CONFIG)
            while True:
                try:
                    await take(events)
                except nats.errors.TimeoutError:
                    pass  # nothing new
        except nats.errors.Error as error:  # NATS, or the stream, is away for a while
            print(error, file=sys.stderr)
            await asyncio.sleep(2)


asyncio.run(main())
