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

// One of each sort: settings and lists, tables and pages, pictures, films; datasets, shards, runs.
const std::vector<std::string> kSorts = {"data_import",    "report",     "composite_picture",
                                         "composite_film", "data_build", "data_pack",
#ifdef FACEMAT_LIBTORCH
                                         "train"
#endif
};

// All that a job writes, as names in its work.
std::vector<std::string> written_by(const Job& job) {
  std::vector<std::string> names = job.outputs;
  names.insert(names.end(), job.growing.begin(), job.growing.end());
  return names;
}

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

// A program that has taken over its user's locale, as those with windows do before they load a library; ours by themselves
// never do (failing_writes.h does it for them).
Host speaking(const KnownLocale& locale) {
  Host host{locale.environment()};
  host.environment.emplace_back("FACEMAT_HOST_LOCALE=1");
  return host;
}

TEST_P(Hosts, OfTheLocaleC) { expect_the_same(runs_, {{"LC_ALL=C", "LANG"}}); }

// Where the capital of i is not I, and a comma stands before the decimals.
TEST_P(Hosts, OfTurkish) {
  const KnownLocale turkish = known_locale(kTurkic);
  if (!turkish.found()) GTEST_SKIP() << kNoLocale;
  expect_the_same(runs_, speaking(turkish));
}

// Where digits and separators are others.
TEST_P(Hosts, OfArabicAndPersian) {
  const KnownLocale arabic = known_locale(kArabicAndPersian);
  if (!arabic.found()) GTEST_SKIP() << kNoLocale;
  expect_the_same(runs_, speaking(arabic));
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
  const auto check = [](const fs::path& path) {
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0) << path;
    EXPECT_EQ(status.st_mode & 077, 0u) << path;
    EXPECT_EQ(status.st_mode & 0600, 0600u) << path;
  };
  ASSERT_FALSE(written_by(runs_.job()).empty());
  for (const std::string& name : written_by(runs_.job())) {
    check(work / name);
    if (!fs::is_directory(work / name)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(work / name)) check(entry.path());
  }
}

INSTANTIATE_TEST_SUITE_P(Sorts, Hosts, testing::ValuesIn(kSorts),
                         [](const testing::TestParamInfo<std::string>& info) { return info.param; });

const std::vector<std::string> kLinked = {
    "data_build", "data_pack", "data_preview", "compare", "composite_picture", "composite_folder", "composite_film",
#ifdef FACEMAT_LIBTORCH
    "train"
#endif
};

// Links at the places of outputs, to what is there and what is not, keep pointing there.
class Links : public testing::TestWithParam<std::string> {};

TEST_P(Links, AreWrittenThrough) {
  JobRuns runs(find_job(GetParam()));
  const fs::path plain = runs.fresh(), linked = runs.fresh();
  ASSERT_EQ(runs.run(plain).code, 0);
  make_folder(linked / "far");
  const std::vector<std::string> outputs = written_by(runs.job());
  for (const std::string& output : outputs) {
    if (fs::exists(linked / output)) fs::rename(linked / output, linked / "far" / output);
    fs::create_symlink("far/" + output, linked / output);
  }
  const JobOutcome outcome = runs.run(linked);
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  const std::string& differs = runs.job().differs;
  Tree far;
  for (const auto& [path, bytes] : runs.tree(linked))
    if (starts_with(path, "far/") && (differs.empty() || !starts_with(path, "far/" + differs))) far[path.substr(4)] = bytes;
  EXPECT_EQ(difference(runs.tree(plain), far), "");
  for (const std::string& output : outputs) EXPECT_TRUE(fs::is_symlink(linked / output)) << output;
}

INSTANTIATE_TEST_SUITE_P(Jobs, Links, testing::ValuesIn(kLinked),
                         [](const testing::TestParamInfo<std::string>& info) { return info.param; });

}  // namespace
}  // namespace facemat
