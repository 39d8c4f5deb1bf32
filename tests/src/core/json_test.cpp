#include "src/core/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace facemat {
namespace {

using testing::HasSubstr;

// What `body` throws as the library's exception; "read" if it does not.
std::string refusal(const std::function<void()>& body) {
  try {
    body();
    return "read";
  } catch (const nlohmann::json::exception& error) {
    return error.what();
  }
}
std::string refusal_of(const std::string& text, uint64_t most_values = kMostJsonValues) {
  return refusal([&] { parse_json(text, most_values); });
}

std::string nested(int levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(Json, ReadsWhatIsWellFormed) {
  EXPECT_EQ(parse_json(R"({"a":[1,-2.5,"[[\"{{",null]})").dump(), R"({"a":[1,-2.5,"[[\"{{",null]})");
  EXPECT_EQ(parse_json("7").get<int>(), 7);
}

// As a value of a thousand levels would be copied a thousand calls deep, a million ends the program.
TEST(Json, DepthIsBoundedBeforeAnythingIsMade) {
  EXPECT_EQ(refusal_of(nested(kMostJsonLevels)), "read");
  EXPECT_THAT(refusal_of(nested(kMostJsonLevels + 1)), HasSubstr("nested too deeply"));
  EXPECT_THAT(refusal_of(std::string(10'000'000, '[')), HasSubstr("nested too deeply"));
  EXPECT_EQ(refusal_of("\"" + std::string(100, '[') + "\""), "read") << "brackets in a text nest nothing";
  EXPECT_EQ(refusal_of("[[],[],[[]],{\"a\":[]}]"), "read");
}

TEST(Json, ValuesAreCounted) {
  EXPECT_EQ(refusal_of("[1,2,3]", 5), "read");
  EXPECT_THAT(refusal_of("[1,2,3,4,5,6]", 5), HasSubstr("too many values"));
  EXPECT_THAT(refusal_of("[[],[],[]]", 5), HasSubstr("too many values"));
}

TEST(Json, MessagesAreShortHoweverLongTheText) {
  const std::string message = refusal_of("{\"" + std::string(1'000'000, 'a'));
  EXPECT_THAT(message, HasSubstr("missing closing quote"));
  EXPECT_LT(message.size(), 500u);
  const std::string digits = refusal_of("[1" + std::string(1'000'000, '0') + "]");
  EXPECT_THAT(digits, HasSubstr("number overflow"));
  EXPECT_LT(digits.size(), 500u);
  EXPECT_THAT(refusal_of("{"), HasSubstr("unexpected end of input"));
}

TEST(Json, WholeNumbersAreReadAsTheyStandOrNotAtAll) {
  const auto as_int = [](const std::string& text) { return refusal([&] { parse_json(text).get<int>(); }); };
  for (const char* fine : {"0", "-1", "2147483647", "-2147483648"}) EXPECT_EQ(as_int(fine), "read") << fine;
  EXPECT_EQ(parse_json("-2147483648").get<int>(), -2147483648LL);
  EXPECT_EQ(parse_json("18446744073709551615").get<uint64_t>(), 18446744073709551615ull);
  for (const char* large : {"2147483648", "4294967298", "18446744073709551615"})
    EXPECT_THAT(as_int(large), HasSubstr("too large")) << large;
  EXPECT_THAT(as_int("-2147483649"), HasSubstr("too small"));
  for (const char* other : {"1.5", "1e300", "1.0", "true", "\"1\"", "null", "[1]"})
    EXPECT_THAT(as_int(other), HasSubstr("a whole number is expected")) << other;
  EXPECT_THAT(refusal([] { parse_json("-1").get<uint64_t>(); }), HasSubstr("too small"));
  EXPECT_THAT(refusal([] { parse_json("[1,-1]").get<std::vector<uint64_t>>(); }), HasSubstr("too small"));
  EXPECT_THAT(refusal([] { parse_json("{\"a\":1e300}").get<std::map<std::string, int64_t>>(); }), HasSubstr("expected"));
  EXPECT_TRUE(parse_json("true").get<bool>());
  EXPECT_EQ(parse_json("3").get<double>(), 3);
}

TEST(Json, WholeNumbersAreWrittenAsEver) {
  const nlohmann::json json = {
      {"small", -7}, {"large", uint64_t{18446744073709551615ull}}, {"list", std::vector<int64_t>{1, 2}}};
  EXPECT_EQ(json.dump(), R"({"large":18446744073709551615,"list":[1,2],"small":-7})");
}

}  // namespace
}  // namespace facemat
