#pragma once
// One function per pass; passes.cpp names them. Grouped as the files of this folder.

#include "export/graph/graph.h"

namespace facemat {

// folding.cpp
void fold_batch_norms(Graph& graph);
void fold_normalisation(Graph& graph);
void fold_constants(Graph& graph);

// lowering.cpp
void mean_by_rows(Graph& graph);
void open_hard_swish(Graph& graph);
void clip_gates(Graph& graph);
void old_inputs(Graph& graph);
void own_instance_norms(Graph& graph);
void clip_by_relu(Graph& graph);
void whole_shapes(Graph& graph);

// refining.cpp
void move_slices_up(Graph& graph);
void sum_before_resize(Graph& graph);
void mean_by_product(Graph& graph);
void resize_by_axes(Graph& graph);

// cleaning.cpp
void drop_identities(Graph& graph);
void drop_unused(Graph& graph);
void drop_zeros(Graph& graph);
void merge_duplicates(Graph& graph);

// convolutions.cpp
void join_slices(Graph& graph);
void split_joined_inputs(Graph& graph);

// blocked.cpp
void block_splits(Graph& graph);
void block_crops(Graph& graph);
void open_crops(Graph& graph);
void block_upsampling(Graph& graph);
void block_hard_swish(Graph& graph);
void block_blends(Graph& graph);
void state_shapes(Graph& graph);

}  // namespace facemat
