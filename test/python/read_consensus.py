"""Reads Concord's topics as any Kafka client would: Confluent's consumer and its Avro deserializer, nothing of Concord's own.

usage: read_consensus.py PACKAGES BROKERS REGISTRY SECONDS TOPIC=COUNT...

Prints one JSON object a line for each of the first COUNT committed records of each topic, and fails when they are not all there
within SECONDS. A value JSON has no type for says what Python got: {"decimal": "1.50"}, {"datetime": "…"}, {"bytes": "<base64>"}.
"""

import base64
import datetime
import decimal
import json
import sys
import time


def plain(value):
    if isinstance(value, decimal.Decimal):
        return {"decimal": format(value, "f")}
    if isinstance(value, datetime.datetime):
        return {"datetime": value.astimezone(datetime.timezone.utc).isoformat(timespec="microseconds")}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} is not expected")


def main():
    packages, brokers, registry, seconds, *wanted = sys.argv[1:]
    sys.path.insert(0, packages)
    from confluent_kafka import Consumer
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.schema_registry.avro import AvroDeserializer
    from confluent_kafka.serialization import MessageField, SerializationContext

    missing = {topic: int(count) for topic, count in (item.rsplit("=", 1) for item in wanted)}
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    consumer = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": f"read-consensus-{time.time_ns()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe(list(missing))
    deadline = time.monotonic() + float(seconds)
    while any(missing.values()) and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is None or missing[message.topic()] == 0:
            continue
        if message.error():
            raise SystemExit(f"the broker says: {message.error()}")
        value = deserialize(message.value(), SerializationContext(message.topic(), MessageField.VALUE))
        missing[message.topic()] -= 1
        record = {
            "topic": message.topic(),
            "partition": message.partition(),
            "offset": message.offset(),
            "key": message.key().decode(),
            "value": value,
        }
        print(json.dumps(record, default=plain))
    consumer.close()
    if any(missing.values()):
        raise SystemExit(f"still missing after {seconds} s: {missing}")


if __name__ == "__main__":
    main()
