// SPDX-License-Identifier: Apache-2.0
// test/shim/proto_test.cc - every message against protobuf's own library: it reads what we write,
// and we read what it writes. argv[1]: the .proto files, compiled by protoc.
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <cstdio>
#include <fstream>

#include "all_messages.h"

using namespace google::protobuf;
using namespace davit::shim;
using wire::Shape;

namespace {

int failures = 0;
void check(bool good, std::string_view message, std::string const& what) {
    if (good) return;
    ++failures;
    std::printf("%.*s: %s\n", static_cast<int>(message.size()), message.data(), what.c_str());
}

bool same_type(wire::Type const& ours, FieldDescriptor const& theirs) {
    switch (ours.shape) {
    case Shape::list:
        return theirs.is_repeated() && !theirs.is_map() && same_type(*ours.element, theirs);
    case Shape::map: {
        if (!theirs.is_map()) return false;
        auto const& entry = *theirs.message_type();
        return entry.field(0)->type() == FieldDescriptor::TYPE_STRING
               && same_type(*ours.element, *entry.field(1));
    }
    case Shape::optional: return theirs.has_presence() && same_type(*ours.element, theirs);
    case Shape::boolean: return theirs.type() == FieldDescriptor::TYPE_BOOL;
    case Shape::int32:
        return theirs.type() == FieldDescriptor::TYPE_INT32
               || theirs.type() == FieldDescriptor::TYPE_ENUM;
    case Shape::int64: return theirs.type() == FieldDescriptor::TYPE_INT64;
    case Shape::uint32: return theirs.type() == FieldDescriptor::TYPE_UINT32;
    case Shape::uint64: return theirs.type() == FieldDescriptor::TYPE_UINT64;
    case Shape::number: return theirs.type() == FieldDescriptor::TYPE_DOUBLE;
    case Shape::text:
    case Shape::text_view: return theirs.type() == FieldDescriptor::TYPE_STRING;
    case Shape::bytes:
    case Shape::bytes_view: return theirs.type() == FieldDescriptor::TYPE_BYTES;
    case Shape::message: return theirs.type() == FieldDescriptor::TYPE_MESSAGE;
    }
    return false;
}

void check_fields(Row const& row, Descriptor const& theirs) {
    check(static_cast<int>(row.type->fields.size()) == theirs.field_count(), row.name,
          std::to_string(row.type->fields.size()) + " fields, and not "
              + std::to_string(theirs.field_count()));
    for (auto const& field : row.type->fields) {
        auto const* const it = theirs.FindFieldByNumber(static_cast<int>(field.number));
        check(it && same_type(*field.type, *it), row.name,
              "field " + std::to_string(field.number) + " is of another type");
        // The other direction: a .proto message must not have more fields than ours.
        if (it)
            check(it->is_repeated() || it->has_presence() == (field.type->shape == Shape::optional),
                  row.name, "field " + it->name() + " has another presence");
    }
}

bool knows_all(Message const& message) {
    auto const& reflection = *message.GetReflection();
    if (!reflection.GetUnknownFields(message).empty()) return false;
    std::vector<FieldDescriptor const*> set;
    reflection.ListFields(message, &set);
    for (auto const* field : set) {
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
        if (!field->is_repeated()) {
            if (!knows_all(reflection.GetMessage(message, field))) return false;
        } else
            for (int i = 0; i < reflection.FieldSize(message, field); ++i)
                if (!knows_all(reflection.GetRepeatedMessage(message, field, i))) return false;
    }
    return true;
}

void check_bytes(Row const& row, Message const& prototype) {
    Filler filler;
    auto const ours = row.make();
    filler.fill(*row.type, ours.get());
    auto const bytes = encoded(row, ours.get());

    std::unique_ptr<Message> theirs(prototype.New());
    if (!theirs->ParseFromString(bytes)) return check(false, row.name, "protobuf doesn't read it");
    check(knows_all(*theirs), row.name, "protobuf finds unknown fields");
    std::vector<FieldDescriptor const*> set;
    theirs->GetReflection()->ListFields(*theirs, &set);
    check(set.size() == row.type->fields.size(), row.name, "not every field has arrived");
    check(theirs->ByteSizeLong() == bytes.size(), row.name, "protobuf would write another length");

    // protobuf orders maps in its own way; so compare by way of our message.
    auto const again = row.make();
    auto const written = theirs->SerializeAsString();
    check(decoded(row, written, again.get()), row.name, "we don't read protobuf's bytes");
    check(encoded(row, again.get()) == bytes, row.name, "we read something else");
}

} // namespace

int main(int, char** argv) {
    std::ifstream file(argv[1], std::ios::binary);
    FileDescriptorSet files;
    if (!files.ParseFromIstream(&file)) return std::printf("no descriptors\n"), 2;
    DescriptorPool pool;
    for (auto const& each : files.file()) pool.BuildFile(each);
    DynamicMessageFactory factory(&pool);
    int count = 0;
    for (auto const& row : all_messages) {
        if (row.name == "google.protobuf.Empty") continue; // no .proto of ours uses it
        auto const* const type = pool.FindMessageTypeByName(std::string(row.name));
        if (!type) {
            check(false, row.name, "is in no .proto");
            continue;
        }
        check_fields(row, *type);
        check_bytes(row, *factory.GetPrototype(type));
        ++count;
    }
    std::printf("%d messages compared, %d differences\n", count, failures);
    return failures != 0;
}
