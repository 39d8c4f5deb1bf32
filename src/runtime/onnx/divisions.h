#pragma once
// Divisions of whole numbers in a graph. The processor ends a program that divides by 0, or the lowest number by -1, and ONNX
// Runtime does not look; so graphs that may do that are not given to it.

#include <string>
#include <string_view>

namespace facemat {

// Throws Error, prefixed by `where`, that names the first node (Div, Mod) of `model` that divides whole numbers by something
// that may be 0 or -1. `model` is one that is otherwise readable (model_file.h). What may be divided by is followed through the
// graph as an interval:
// - constants, wherever they stand, by their values, and the results of reckoning with them;
// - sizes of pictures that come in, and of what is reckoned from these pixel by pixel, which are 1 and more.
// Of all else, numbers that are reckoned from pixels above all, nothing is known. Fractions may be divided by anything. A
// function that is given a graph as an argument, or as a default, is refused: what would be run is not known before it is
// called.
void check_divisions(std::string_view model, const std::string& where);

}  // namespace facemat
