#pragma once
// A function marked FACEMAT_CLONES is compiled once for each generation of vector units; the machine's is chosen when the
// program starts. For loops over plain arrays.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define FACEMAT_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FACEMAT_CLONES
#endif
