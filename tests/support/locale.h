#pragma once
// Locales of host programs: numbers with a decimal comma and grouped digits, and letters that change case otherwise. Of the
// standard library and gtest alone: tests from outside the rooms use it too.

#include <gtest/gtest.h>
#include <locale.h>
#include <unistd.h>

#include <cctype>
#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <locale>
#include <optional>
#include <string>
#include <vector>

namespace facemat {

// While it lives, streams write 1234.5 as "1.234,5" (German), and read it so.
class CommaLocale {
 public:
  CommaLocale() : before_(std::locale::global(std::locale(std::locale::classic(), new Comma))) {}
  ~CommaLocale() { std::locale::global(before_); }
  CommaLocale(const CommaLocale&) = delete;
  CommaLocale& operator=(const CommaLocale&) = delete;

 private:
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  std::locale before_;
};

// --- locales of the C library, which std::stod, printf and std::tolower go by

// Languages that write 1.5 as "1,5", where the capital of i is not I, and of other digits and separators.
using Languages = std::vector<std::string>;
inline const Languages kWithComma = {"de_DE", "fr_FR", "nl_NL"};
inline const Languages kTurkic = {"tr_TR", "az_AZ"};
inline const Languages kArabicAndPersian = {"ar_EG", "ar_SA", "fa_IR"};

struct KnownLocale {
  std::string name;    // "de_DE.UTF-8"; empty: there is none
  std::string folder;  // where LOCPATH has to point; empty: the machine knows it by itself

  bool found() const { return !name.empty(); }
  // What a program's environment needs for it, as NAME=VALUE.
  std::vector<std::string> environment() const {
    std::vector<std::string> all = {"LC_ALL=" + name};
    if (!folder.empty()) all.push_back("LOCPATH=" + folder);
    return all;
  }
};

inline constexpr const char* kNoLocale =
    "no such locale is installed, nor can localedef make one (their sources are in Debian's package locales)";

// While it lives, locales are looked for in `folder`; in an empty one: where they were.
class LocalePath {
 public:
  explicit LocalePath(const std::string& folder) {
    if (const char* before = std::getenv("LOCPATH")) before_ = before;
    if (!folder.empty()) ::setenv("LOCPATH", folder.c_str(), 1);
  }
  ~LocalePath() {
    if (before_)
      ::setenv("LOCPATH", before_->c_str(), 1);
    else
      ::unsetenv("LOCPATH");
  }
  LocalePath(const LocalePath&) = delete;
  LocalePath& operator=(const LocalePath&) = delete;

 private:
  std::optional<std::string> before_;
};

inline bool is_usable(const KnownLocale& locale) {
  const LocalePath path(locale.folder);
  const locale_t there = ::newlocale(LC_ALL_MASK, locale.name.c_str(), nullptr);
  if (there != nullptr) ::freelocale(there);
  return there != nullptr;
}

// For locales that are made here; it goes with the process.
inline const std::string& locale_folder() {
  struct Folder {
    std::filesystem::path path = std::filesystem::path(testing::TempDir()) / ("facemat-locales-" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  static const std::string text = folder.path.string();
  return text;
}

// Of `languages` the first that the machine has, else the first that localedef makes here: containers mostly have none. As
// locale-gen does it, warnings notwithstanding (-c; the exit code is 1 then).
inline KnownLocale known_locale(const Languages& languages) {
  for (const std::string& language : languages)
    if (const KnownLocale own{language + ".UTF-8", ""}; is_usable(own)) return own;
  for (const std::string& language : languages) {
    const KnownLocale made{language + ".UTF-8", locale_folder()};
    const std::string place = made.folder + "/" + made.name;
    if (!std::filesystem::exists(place)) {
      const std::string command = "localedef -c -i " + language + " -f UTF-8 '" + place + "' >/dev/null 2>&1";
      if (std::system(command.c_str()) == -1) return {};
    }
    if (is_usable(made)) return made;
  }
  return {};
}

// While it lives, the C library has the first of these languages that known_locale() finds.
class SystemLocale {
 public:
  explicit SystemLocale(const Languages& languages) : before_(std::setlocale(LC_ALL, nullptr)) {
    const KnownLocale locale = known_locale(languages);
    const LocalePath path(locale.folder);
    found_ = locale.found() && std::setlocale(LC_ALL, locale.name.c_str()) != nullptr;
  }
  ~SystemLocale() { std::setlocale(LC_ALL, before_.c_str()); }
  SystemLocale(const SystemLocale&) = delete;
  SystemLocale& operator=(const SystemLocale&) = delete;
  bool found() const { return found_; }

 private:
  std::string before_;
  bool found_ = false;
};

// Runs `check` under CommaLocale, then in a locale of each sort above, which shows that it is in force. The last statement of
// its test, since that is skipped from the first one on that is not to be had.
inline void check_in_odd_locales(const std::function<void()>& check) {
  {
    const CommaLocale comma;
    check();
  }
  for (const Languages& languages : {kWithComma, kTurkic, kArabicAndPersian}) {
    SCOPED_TRACE(languages[0]);
    const SystemLocale locale(languages);
    if (!locale.found()) GTEST_SKIP() << languages[0] << ": " << kNoLocale;
    if (languages == kWithComma) {
      EXPECT_EQ(std::stod("1.5"), 1) << "a locale that std::stod goes by";
    }
    if (languages == kTurkic) {
      EXPECT_NE(std::tolower('I'), 'i') << "a locale that std::tolower goes by";
    }
    check();
  }
}

}  // namespace facemat
