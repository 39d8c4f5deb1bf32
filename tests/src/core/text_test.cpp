#include "src/core/text.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "tests/support/locale.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

TEST(Text, NumbersAreDecimalAndWhole) {
  EXPECT_EQ(read_number<int>("12"), 12);
  EXPECT_EQ(read_number<int>("+12"), 12);
  EXPECT_EQ(read_number<int>("-12"), -12);
  EXPECT_EQ(read_number<int>("0100"), 100) << "no octal number";
  EXPECT_EQ(read_number<int>("-007"), -7);
  EXPECT_EQ(read_number<uint64_t>("18446744073709551615"), 18446744073709551615u);
  for (const char* text :
       {"", "+", "-", "0x10", "0o17", "1 ", " 1", "1e3", "1.0", "1,0", "1.234,5", "--1", "+-1", "2147483648"})
    EXPECT_EQ(read_number<int>(text), std::nullopt) << text;
  EXPECT_EQ(read_number<uint64_t>("-1"), std::nullopt);
}

TEST(Text, NumbersWithAPoint) {
  EXPECT_EQ(read_number<double>("1.5"), 1.5);
  EXPECT_EQ(read_number<double>("-.5"), -0.5);
  EXPECT_EQ(read_number<double>("2e-4"), 2e-4);
  EXPECT_EQ(read_number<double>("0100"), 100);
  for (const char* text : {"", ".", "1,5", "1.5.5", "nan", "inf", "-inf", "0x1p3", "1.5 ", "e5", "1e999"})
    EXPECT_EQ(read_number<double>(text), std::nullopt) << text;
}

TEST(Text, NoLocaleChangesNumbersAndLetters) {
  check_in_odd_locales([] {
    EXPECT_EQ(read_number<double>("1.5"), 1.5);
    EXPECT_EQ(read_number<double>("1,5"), std::nullopt);
    EXPECT_EQ(lower("TIFF.I"), "tiff.i");
  });
}

TEST(Text, CellsOfALineAreStripped) {
  EXPECT_EQ(stripped(" \ta b\r"), "a b");
  EXPECT_EQ(stripped(" \t"), "");
  EXPECT_EQ(comma_cells(" frame, x ,y\r"), (std::vector<std::string>{"frame", "x", "y"}));
  EXPECT_EQ(comma_cells("1,,3,"), (std::vector<std::string>{"1", "", "3"}));
  EXPECT_TRUE(comma_cells("").empty());
}

TEST(Text, Utf8IsStrict) {
  for (const char* text : {"", "abc", "caf\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80"}) EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text : {"caf\xe9", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"})
    EXPECT_FALSE(is_utf8(text)) << printable(text);
}

TEST(Text, WhatATerminalWouldActOnIsEscaped) {
  EXPECT_EQ(printable("caf\xc3\xa9 \xe4\xb8\xad"), "caf\xc3\xa9 \xe4\xb8\xad");
  EXPECT_EQ(printable("a\x1b[2J\r\n\tb\x7f"), "a\\x1b[2J\\x0d\\n\\tb\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "1A"),
            "\\xc2\\x9b1A")
      << "a C1 control";
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "gnp.exe"),
            "\\xe2\\x80\\xaegnp.exe")
      << "turns the direction of writing";
  EXPECT_EQ(printable("caf\xe9.png"), "caf\\xe9.png");
  EXPECT_EQ(printable_lines("a\x1b\n\nb\n"), "a\\x1b\n\nb\n");
  EXPECT_TRUE(has_control_characters("a\x1b") && has_control_characters("\xc2\x9b") && !has_control_characters("caf\xc3\xa9"));
}

TEST(Error, ItsTextIsSafeToShow) {
  EXPECT_EQ(message_of([] { fail("{}: bad", "w\x1b]0;title\x07\xe9"); }), "w\\x1b]0;title\\x07\\xe9: bad");
  EXPECT_EQ(message_of([] { fail("one\ntwo"); }), "one\\ntwo") << "a message is one line";
  EXPECT_EQ(library_reason("one\ntwo"), "one");
  EXPECT_EQ(library_reason("one"), "one");
}

TEST(Error, TheSystemAlwaysHasAReason) {
  errno = 0;
  EXPECT_EQ(system_reason(), "the system gives no reason");
  errno = ENOSPC;
  EXPECT_EQ(system_reason(), "No space left on device");
}

}  // namespace
}  // namespace facemat
