# Every third-party library the project uses, wrapped once as facemat::<name>. Rooms name these, never raw paths.

function(wrap name)  # wrap(name INCLUDES ... LIBS ...)
  cmake_parse_arguments(W "" "" "INCLUDES;LIBS" ${ARGN})
  add_library(facemat_3rd_${name} INTERFACE)
  target_include_directories(facemat_3rd_${name} SYSTEM INTERFACE ${W_INCLUDES})
  target_link_libraries(facemat_3rd_${name} INTERFACE ${W_LIBS})
  add_library(facemat::${name} ALIAS facemat_3rd_${name})
endfunction()

set(SETUP_HINT "run tools/setup, which installs everything the project needs")

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Debian keeps OpenCV's CMake package apart from the four modules used here, in one that pulls in all the others: look for these
# four alone if it is absent. Only src/runtime detects faces, so that module is wrapped apart.
find_package(OpenCV 4.6 QUIET COMPONENTS core imgproc imgcodecs objdetect)
if(OpenCV_FOUND)
  wrap(objdetect INCLUDES ${OpenCV_INCLUDE_DIRS} LIBS opencv_objdetect)
  wrap(opencv INCLUDES ${OpenCV_INCLUDE_DIRS} LIBS opencv_core opencv_imgproc opencv_imgcodecs)
else()
  find_path(OPENCV_INCLUDES opencv2/core.hpp PATH_SUFFIXES opencv4)
  find_library(OPENCV_CORE opencv_core)
  find_library(OPENCV_IMGPROC opencv_imgproc)
  find_library(OPENCV_IMGCODECS opencv_imgcodecs)
  find_library(OPENCV_OBJDETECT opencv_objdetect)
  if(NOT OPENCV_INCLUDES OR NOT OPENCV_CORE OR NOT OPENCV_IMGPROC OR NOT OPENCV_IMGCODECS OR NOT OPENCV_OBJDETECT)
    message(FATAL_ERROR "OpenCV >= 4.6 not found: ${SETUP_HINT}")
  endif()
  wrap(objdetect INCLUDES ${OPENCV_INCLUDES} LIBS ${OPENCV_OBJDETECT})
  wrap(opencv INCLUDES ${OPENCV_INCLUDES} LIBS ${OPENCV_IMGCODECS} ${OPENCV_IMGPROC} ${OPENCV_CORE})
endif()

find_package(yaml-cpp REQUIRED)
wrap(yaml INCLUDES ${YAML_CPP_INCLUDE_DIR} LIBS yaml-cpp)
find_package(nlohmann_json REQUIRED)
wrap(json LIBS nlohmann_json::nlohmann_json)
find_package(CLI11 REQUIRED)
wrap(cli LIBS CLI11::CLI11)
find_package(fmt REQUIRED)
wrap(fmt LIBS fmt::fmt)
find_package(Eigen3 3.4 QUIET NO_MODULE)  # headers alone: nothing to ship with products
if(NOT TARGET Eigen3::Eigen)
  message(FATAL_ERROR "Eigen >= 3.4 not found: ${SETUP_HINT}")
endif()
wrap(eigen LIBS Eigen3::Eigen)

pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET libavdevice libavformat libavcodec libswscale libavutil)
wrap(av LIBS PkgConfig::LIBAV)
pkg_check_modules(LIBARCHIVE REQUIRED IMPORTED_TARGET libarchive)
wrap(archive LIBS PkgConfig::LIBARCHIVE)
find_package(ZLIB REQUIRED)
wrap(zlib LIBS ZLIB::ZLIB)

# ONNX Runtime: an installed package wins; else what tools/setup laid into the project's own prefix.
find_package(onnxruntime QUIET)
if(NOT onnxruntime_FOUND)
  find_package(onnxruntime QUIET PATHS ${CMAKE_SOURCE_DIR}/.deps/onnxruntime NO_DEFAULT_PATH)
endif()
if(NOT onnxruntime_FOUND)
  message(FATAL_ERROR "ONNX Runtime not found: ${SETUP_HINT}")
endif()
wrap(ort LIBS onnxruntime::onnxruntime)

if(FACEMAT_LIBTORCH)
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "LibTorch >= 1.13 not found: ${SETUP_HINT}, or configure with --preset runtime-only")
  endif()
  # LibTorch's parallel loops are templates: compiled without OpenMP they run on one thread, without a word. So they do where
  # Clang finds faults (the preset asan): its OpenMP is another than the one LibTorch brings.
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    find_package(OpenMP REQUIRED COMPONENTS CXX)
  endif()
  wrap(torch INCLUDES ${TORCH_INCLUDE_DIRS} LIBS ${TORCH_LIBRARIES} $<TARGET_NAME_IF_EXISTS:OpenMP::OpenMP_CXX>)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/torch_pch.cpp CONTENT "")  # untouched if it is there: else all is built again
  add_library(facemat_torch_pch STATIC ${CMAKE_BINARY_DIR}/torch_pch.cpp)
  target_link_libraries(facemat_torch_pch PRIVATE facemat::torch facemat_build)
  target_precompile_headers(facemat_torch_pch PRIVATE <torch/torch.h>)

  # Training in several processes: the headers of LibTorch's Gloo process group need Gloo's own.
  find_path(GLOO_INCLUDES gloo/context.h)
  if(GLOO_INCLUDES)
    wrap(gloo INCLUDES ${GLOO_INCLUDES})
  else()
    message(WARNING "Gloo's headers not found, so a training run can be one process only: ${SETUP_HINT}")
    wrap(gloo)
  endif()

  find_package(Protobuf REQUIRED)
  find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
  find_library(ONNX_LIBRARY onnx REQUIRED)
  # ONNX_ML / ONNX_NAMESPACE must equal what Debian's library was built with.
  wrap(onnx LIBS ${ONNX_LIBRARY} ${ONNX_PROTO_LIBRARY} protobuf::libprotobuf)
  target_compile_definitions(facemat_3rd_onnx INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
endif()

if(FACEMAT_TESTS)
  find_package(GTest REQUIRED)
  wrap(gtest LIBS GTest::gtest_main GTest::gmock)
endif()
