#pragma once
// Colour profiles (ICC.1) in picture files: which colours a picture's numbers mean (Display P3 of phones, Adobe RGB). They are
// carried on as they are, nothing is converted.

#include <string>
#include <string_view>

namespace facemat {

// What of a profile is in a file: its bytes, or why they cannot be had ("it is of GRAY, not RGB"); neither where there is none.
struct FoundProfile {
  std::string bytes, fault;
};

// The profile in the bytes of a PNG (ISO 15948, 11.3.3.3), JPEG (ICC.1, annex B.4) or WebP file (RFC 9649, 2.7.1.4). One of
// other than red, green and blue, which is what pictures are here, is a fault.
FoundProfile find_profile(std::string_view file);
inline std::string colour_profile(std::string_view file) { return find_profile(file).bytes; }

// `file`, a PNG or JPEG that was just encoded, with `profile` in it; as it is where that is empty.
std::string with_colour_profile(const std::string& file, const std::string& profile);

// What it calls itself ("Display P3"), for people; "of its own" where it does not say.
std::string profile_name(std::string_view profile);

}  // namespace facemat
