#pragma once
// Every command of the programs that writes something, on inputs of a few pictures that it makes itself: what is run with
// failing disks (faults_test.cpp), killed (kills_test.cpp), and on odd hosts (hosts_test.cpp).

#include <filesystem>
#include <string>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

struct Job {
  std::string name;
  // The program and its arguments; {in} is the folder of the inputs, {work} that of the outputs.
  std::vector<std::string> words;
  // Makes the inputs. What it puts into {in}/before lies in {work} before the job.
  void (*prepare)(const fs::path& in);
  // Outputs, as names in {work}: files, and folders that appear whole or not at all.
  std::vector<std::string> outputs;
  // Folders in {work} that are written piece by piece, and gone on with: what lies in them meanwhile is the program's affair.
  std::vector<std::string> growing = {};
  std::string resume = {};   // the option to go on with; empty: the same line again
  std::string printed = {};  // the name in {work} of what is printed; empty: nobody keeps it
  std::string differs = {};  // what the path in {work} of files begins with whose bytes differ from run to run; empty: none
  std::string other_reason = {};  // what is said instead of the system's reason where a library keeps that to itself
  int faults = 3;                 // calls that fail in the ordinary suite
  int kills = 0;                  // rounds of kills there
};

// THE JOB TABLE. A command that writes gets its line, and so it is held to all that these tests ask.
const std::vector<Job>& jobs();

// The entry called `name`.
const Job& find_job(const std::string& name);

// One of its words with these folders for {in} and {work}.
std::string filled(std::string word, const fs::path& in, const fs::path& work);

}  // namespace facemat
