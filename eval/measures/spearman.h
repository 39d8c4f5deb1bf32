#pragma once
// Spearman's rank correlation: does a higher uncertainty go with a higher error, whatever the shape of the relation?

#include <vector>

namespace facemat {

// Ranks 1..n of `values`; equal values share the mean of the ranks they take.
std::vector<double> average_ranks(const std::vector<float>& values);

// Pearson's correlation of the average ranks, -1..1; 0 if one side is constant or there are fewer than two pairs. Throws Error
// when the lengths differ.
double spearman(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace facemat
