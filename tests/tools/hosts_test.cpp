// Jobs on hosts that are not as most are: other languages, no home, folders that cannot be written, files for nobody else,
// outputs that are links. What comes out is the same.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "src/core/file.h"
#include "src/core/text.h"
#include "tests/support/locale.h"
#include "tests/tools/job_runs.h"

namespace facemat {
namespace {

// One of each sort: settings and lists, tables and pages, pictures, films.
const std::vector<std::string> kSorts = {"data_import", "report", "composite_picture", "composite_film"};

// What the job makes there is what it makes here.
void expect_the_same(JobRuns& runs, const Host& host) {
  const fs::path here = runs.fresh(), there = runs.fresh();
  const JobOutcome usual = runs.run(here), other = runs.run(there, false, {}, host);
  ASSERT_EQ(usual.code, 0) << usual.errors;
  EXPECT_EQ(other.code, 0) << other.errors;
  EXPECT_EQ(difference(runs.tree(here), runs.tree(there)), "");
}

class Hosts : public testing::TestWithParam<std::string> {
 protected:
  JobRuns runs_{find_job(GetParam())};
};

// The name of the first of these locales that the machine knows; "" if it knows none.
std::string known_locale(const std::vector<const char*>& names) {
  for (const char* name : names)
    if (SystemLocale({name}).found()) return name;
  return "";
}

TEST_P(Hosts, OfTheLocaleC) { expect_the_same(runs_, {{"LC_ALL=C", "LANG"}}); }

// Where the capital of i is not I.
TEST_P(Hosts, OfTurkish) {
  const std::string name = known_locale({"tr_TR.UTF-8", "tr_TR.utf8", "tr_TR", "az_AZ.UTF-8", "az_AZ.utf8"});
  if (name.empty()) GTEST_SKIP() << "no Turkish locale is installed";
  expect_the_same(runs_, {{"LC_ALL=" + name}});
}

// Where digits and separators are others.
TEST_P(Hosts, OfArabicAndPersian) {
  const std::string name =
      known_locale({"ar_EG.UTF-8", "ar_EG.utf8", "ar_SA.UTF-8", "ar_SA.utf8", "fa_IR.UTF-8", "fa_IR", "fa_IR.utf8"});
  if (name.empty()) GTEST_SKIP() << "no Arabic or Persian locale is installed";
  expect_the_same(runs_, {{"LC_ALL=" + name}});
}

TEST_P(Hosts, WithoutAHome) { expect_the_same(runs_, {{"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "USER", "LOGNAME"}}); }

// /proc takes no files, from root either.
TEST_P(Hosts, WhoseWorkingFolderCannotBeWritten) {
  if (!fs::is_directory("/proc/self")) GTEST_SKIP() << "no /proc here";
  expect_the_same(runs_, {{}, "/proc"});
}

TEST_P(Hosts, WhoseFilesAreForNobodyElse) {
  const fs::path work = runs_.fresh();
  const JobOutcome outcome = runs_.run(work, false, {}, {{}, {}, 077});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  for (const std::string& output : runs_.job().outputs) {
    struct stat status {};
    ASSERT_EQ(::stat((work / output).c_str(), &status), 0) << output;
    EXPECT_EQ(status.st_mode & 077, 0u) << output;
    EXPECT_EQ(status.st_mode & 0600, 0600u) << output;
  }
}

INSTANTIATE_TEST_SUITE_P(Sorts, Hosts, testing::ValuesIn(kSorts),
                         [](const testing::TestParamInfo<std::string>& info) { return info.param; });

// Links at the places of outputs, to what is there and what is not, keep pointing there.
class Links : public testing::TestWithParam<std::string> {};

TEST_P(Links, AreWrittenThrough) {
  JobRuns runs(find_job(GetParam()));
  const fs::path plain = runs.fresh(), linked = runs.fresh();
  ASSERT_EQ(runs.run(plain).code, 0);
  make_folder(linked / "far");
  for (const std::string& output : runs.job().outputs) {
    if (fs::exists(linked / output)) fs::rename(linked / output, linked / "far" / output);
    fs::create_symlink("far/" + output, linked / output);
  }
  const JobOutcome outcome = runs.run(linked);
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  Tree far;
  for (const auto& [path, bytes] : runs.tree(linked))
    if (starts_with(path, "far/")) far[path.substr(4)] = bytes;
  EXPECT_EQ(difference(runs.tree(plain), far), "");
  for (const std::string& output : runs.job().outputs) EXPECT_TRUE(fs::is_symlink(linked / output)) << output;
}

INSTANTIATE_TEST_SUITE_P(Jobs, Links,
                         testing::Values("data_build", "data_preview", "compare", "composite_picture", "composite_folder",
                                         "composite_film"),
                         [](const testing::TestParamInfo<std::string>& info) { return info.param; });

}  // namespace
}  // namespace facemat
