#pragma once
// Tar files (ustar, POSIX 1003.1-1988) read at any place: where the files in one lie, and their bytes. Tar files are not
// trusted: nothing is allocated or read on the word of a header before it is held to the size of the file.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

// A regular file in a tar file.
struct TarMember {
  std::string name;              // as stored: it may hold folders or "..", so never make a path of it
  int64_t offset = 0, size = 0;  // bytes; where its content starts in the tar file, and how long that is
};

class TarFile {
 public:
  // Throws Error if `path` is missing, not a regular file, or cannot be opened.
  explicit TarFile(fs::path path);
  ~TarFile();
  TarFile(const TarFile&) = delete;
  TarFile& operator=(const TarFile&) = delete;

  // The regular files in it, in their order. Folders, links and extended headers (pax, GNU) are passed over, so names too long
  // for a plain header come cut off. Reads the headers alone. Throws Error naming the byte: a damaged header, a file that
  // reaches past the end, an end without the closing block.
  std::vector<TarMember> members() const;

  // The content of `member`. Throws Error if it is larger than `most_bytes`, or if there is no such file of that size at that
  // place: the tar file is another one than `member` was found in. Several threads may read at once.
  std::string read(const TarMember& member, int64_t most_bytes) const;

 private:
  std::string bytes_at(int64_t offset, int64_t count) const;

  fs::path path_;
  int fd_ = -1;
  int64_t size_ = 0;
};

}  // namespace facemat
