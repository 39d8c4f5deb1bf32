#pragma once
// Locales of host programs: numbers with a decimal comma and grouped digits, and letters that change case otherwise.

#include <clocale>
#include <locale>
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

// While it lives, the C library has the first of these locales that the machine knows.
class SystemLocale {
 public:
  explicit SystemLocale(const std::vector<const char*>& names) : before_(std::setlocale(LC_ALL, nullptr)) {
    for (const char* name : names)
      if (!found_ && std::setlocale(LC_ALL, name) != nullptr) found_ = true;
  }
  ~SystemLocale() { std::setlocale(LC_ALL, before_.c_str()); }
  SystemLocale(const SystemLocale&) = delete;
  SystemLocale& operator=(const SystemLocale&) = delete;
  bool found() const { return found_; }

 private:
  std::string before_;
  bool found_ = false;
};

}  // namespace facemat
