# SPDX-License-Identifier: Apache-2.0
# test/engines/schema.py - protobuf messages from a short text, for cri.py and test/soak.
"""One message a line, as far as its fields are used; a line that goes on is indented further.

    Process: args=1:string* env=2:map terminal=3:bool user=4:User
    State: CREATED RUNNING

FIELD=NUMBER is a string, FIELD=NUMBER:TYPE something else. TYPE* is a list; "map" is one of strings by
string. Words without a number make an enumeration."""
import re

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def messages(package, text):
    """A class for each message of the text, by name."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for line in re.sub(r"\n {5,}", " ", text).split("\n"):
        name, _, rest = line.strip().partition(":")
        words = rest.split()
        if words and "=" not in words[0]:
            enumeration = file.enum_type.add(name=name)
            for number, word in enumerate(words):
                enumeration.value.add(name=word, number=number)
        elif name:
            message = file.message_type.add(name=name)
            for word in words:
                add_field(message, word, package)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    make = message_factory.MessageFactory(pool).GetPrototype
    return {message.name: make(pool.FindMessageTypeByName(f"{package}.{message.name}"))
            for message in file.message_type}


def add_field(message, text, package):
    """FIELD=NUMBER[:TYPE[*]]"""
    name, _, rest = text.partition("=")
    number, _, kind = rest.partition(":")
    field = message.field.add(name=name, number=int(number))
    of = descriptor_pb2.FieldDescriptorProto
    field.label = of.LABEL_REPEATED if kind.endswith("*") or kind == "map" else of.LABEL_OPTIONAL
    kind = kind.rstrip("*") or "string"
    if kind == "map":
        entry = message.nested_type.add(name=name.title().replace("_", "") + "Entry")
        entry.options.map_entry = True
        add_field(entry, "key=1", package)
        add_field(entry, "value=2", package)
        field.type = of.TYPE_MESSAGE
        field.type_name = f".{package}.{message.name}.{entry.name}"
    elif kind[0].isupper():
        field.type_name = f".{package}.{kind}"
    else:
        field.type = of.Type.Value(f"TYPE_{kind.upper()}")
