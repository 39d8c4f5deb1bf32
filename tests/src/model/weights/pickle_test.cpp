#include "src/model/weights/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/src/model/weights/torch_archives.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using Kind = PickleValue::Kind;
using testing::HasSubstr;
using namespace std::string_literals;

const std::string kWhere = "p";

Pickle read(const std::string& bytes) {
  ByteReader reader(bytes, kWhere);
  return read_pickle(reader);
}

std::string message(const std::string& bytes) {
  return message_of([&] { read(bytes); });
}

int64_t integer(const std::string& body) { return read(pickled(body)).root->integer; }

TEST(Pickle, ReadsIntegers) {
  EXPECT_EQ(integer("K\xff"), 255);
  EXPECT_EQ(integer("M\x01\x02"), 0x0201);
  EXPECT_EQ(integer("J\xfe\xff\xff\xff"), -2);
  EXPECT_EQ(integer("\x8a\x00"s), 0);
  EXPECT_EQ(integer("\x8a\x02\x00\x80"s), -32768);
  EXPECT_EQ(integer(pickled_number(-(int64_t{1} << 60))), -(int64_t{1} << 60));
  EXPECT_EQ(integer("\x88"), 1);
  EXPECT_EQ(integer("\x89"), 0);
}

TEST(Pickle, WhatHasNoUseIsPassedOver) {
  for (const auto& body : {"N"s, "G12345678"s, "\x8a\x09" + std::string(9, '\1'), "\x8b\x02\0\0\0xy"s})
    EXPECT_EQ(read(pickled(body)).root->kind, Kind::kNone);
}

TEST(Pickle, ReadsContainers) {
  const Pickle pickle = read(pickled("}(" + pickled_text("list") + "](K\1K\2eK\3a" + pickled_text("pair") + "K\4K\5\x86u" +
                                     pickled_text("one") + "K\6s"));
  ASSERT_EQ(pickle.root->kind, Kind::kDictionary);
  ASSERT_EQ(pickle.root->entries.size(), 3u);
  const auto& [list_key, list] = pickle.root->entries[0];
  EXPECT_EQ(list_key->text, "list");
  ASSERT_EQ(list->items.size(), 3u);
  EXPECT_EQ(list->items[2]->integer, 3);
  EXPECT_EQ(pickle.root->entries[1].second->items[1]->integer, 5);
  EXPECT_EQ(pickle.root->entries[2].second->integer, 6);
}

TEST(Pickle, SharedValuesAreFilledLater) {
  const Pickle pickle = read(pickled("}q\1h\1(" + pickled_text("a") + "K\7u\x86"));
  ASSERT_EQ(pickle.root->items.size(), 2u);
  EXPECT_EQ(pickle.root->items[0], pickle.root->items[1]);
  EXPECT_EQ(pickle.root->items[0]->entries[0].second->integer, 7);
}

TEST(Pickle, ObjectsStayDescriptions) {
  const Pickle pickle = read(pickled("cos\nsystem\n" + pickled_text("touch x") + "\x85R" + "}b"));
  EXPECT_EQ(pickle.root->kind, Kind::kObject);
  EXPECT_EQ(pickle.root->callable->text, "os system");
  EXPECT_EQ(pickle.root->arguments->items[0]->text, "touch x");
  EXPECT_EQ(pickle.root->state->kind, Kind::kDictionary);
}

TEST(Pickle, OnePickleAfterAnother) {
  const std::string bytes = pickled("K\1") + pickled("K\2");
  ByteReader reader(bytes, kWhere);
  EXPECT_EQ(read_pickle(reader).root->integer, 1);
  EXPECT_EQ(read_pickle(reader).root->integer, 2);
  EXPECT_EQ(reader.left(), 0u);
}

TEST(Pickle, RefusesWhatIsMalformed) {
  EXPECT_THAT(message(""), HasSubstr("cut short"));
  EXPECT_THAT(message("\x80\x02"), HasSubstr("cut short"));
  EXPECT_THAT(message("\x80\x04N."), HasSubstr("protocol 4"));
  EXPECT_THAT(message(pickled("")), HasSubstr("a value is missing"));
  EXPECT_THAT(message(pickled("R")), HasSubstr("a value is missing"));
  EXPECT_THAT(message(pickled("K\1(0")), HasSubstr("a value is missing"));
  EXPECT_THAT(message(pickled("K\1t")), HasSubstr("a mark is missing"));
  EXPECT_THAT(message(pickled("K\1K\1a")), HasSubstr("items of no list"));
  EXPECT_THAT(message(pickled("K\1(K\1K\1u")), HasSubstr("entries of no dictionary"));
  EXPECT_THAT(message(pickled("}(K\1u")), HasSubstr("a key without its value"));
  EXPECT_THAT(message(pickled("h\1")), HasSubstr("never kept"));
  EXPECT_THAT(message(pickled("\xff")), HasSubstr("unknown opcode 0xff at 2"));
  EXPECT_THAT(message(pickled("cos\nsys\x1btem\n")), HasSubstr("without a proper name"));
  EXPECT_THAT(message(pickled("cos\nsystem")), HasSubstr("a line does not end"));
  EXPECT_THAT(message(pickled("X\xff\xff\xff\xff")), HasSubstr("cut short"));
}

TEST(Pickle, BoundsItsMemory) {
  EXPECT_THAT(message(pickled(std::string(1'000'001, 'N'))), HasSubstr("more than 1000000 values"));
  std::string recalled = "Nq\1";
  while (recalled.size() < (17 << 20)) recalled += "h\1";
  EXPECT_THAT(message(pickled(recalled)), HasSubstr("more than 16 MiB"));
}

}  // namespace
}  // namespace facemat
