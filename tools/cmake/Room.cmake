# How rooms, programs and tests are declared. Include paths are written from the repository root.

add_library(facemat_build INTERFACE)  # warnings and sanitizers for our own code
target_compile_options(facemat_build INTERFACE -Wall -Wextra -Wno-unused-parameter
  $<$<CXX_COMPILER_ID:Clang>:-Wno-unknown-pragmas>  # some are GCC's
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)       # for ccache: it names the precompiled header instead of leaving it out
if(FACEMAT_SANITIZE)
  target_compile_options(facemat_build INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)  # a finding is a failure, not a remark
  target_link_options(facemat_build INTERFACE -fsanitize=address,undefined)
endif()
if(FACEMAT_FUZZ)  # libFuzzer sees which branches an input takes
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang OR NOT FACEMAT_SANITIZE)
    message(FATAL_ERROR "FACEMAT_FUZZ needs Clang and FACEMAT_SANITIZE: configure with --preset fuzz")
  endif()
  target_compile_options(facemat_build INTERFACE -fsanitize=fuzzer-no-link)
endif()

# room(name SRCS ... DEPS ... [PRIVATE_DEPS ...]): one static library for one folder.
function(room name)
  cmake_parse_arguments(R "" "" "SRCS;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${R_SRCS})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${R_DEPS} PRIVATE facemat_build ${R_PRIVATE_DEPS})
  pch_if_torch(${name} ${R_DEPS})
endfunction()

# program(name SRCS ... DEPS ...)
function(program name)
  cmake_parse_arguments(P "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${P_SRCS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE facemat_build ${P_DEPS})
  install(TARGETS ${name} RUNTIME COMPONENT programs)
  set_property(GLOBAL APPEND PROPERTY facemat_programs ${name})
endfunction()

# room_test(room SRCS ... DEPS ... [TIMEOUT seconds]): one test program for one room; ctest runs each of its suites by itself.
function(room_test room)
  cmake_parse_arguments(T "" "TIMEOUT" "SRCS;DEPS" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 900)
  endif()
  set(name test_${room})
  add_executable(${name} ${T_SRCS})
  if(FACEMAT_SANITIZE)
    math(EXPR T_TIMEOUT "10 * ${T_TIMEOUT}")
    target_compile_definitions(${name} PRIVATE FACEMAT_SANITIZED)
  endif()
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE
    FACEMAT_SOURCE_DIR="${CMAKE_SOURCE_DIR}" FACEMAT_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  target_link_libraries(${name} PRIVATE facemat_build ${T_DEPS} facemat::gtest)
  pch_if_torch(${name} ${T_DEPS})
  uses_torch(torch ${T_DEPS})
  if(torch)
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/libtorch.cpp)
    target_link_libraries(${name} PRIVATE facemat_model)
  endif()
  list_suites(${name} ${room} ${T_TIMEOUT})
endfunction()

# Has ctest know the suites of a test program by the list that its build leaves, and fail if it was not built.
function(list_suites name room timeout)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${name}_suites.cmake)
  set(script ${CMAKE_SOURCE_DIR}/tools/cmake/Suites.cmake)
  add_custom_command(TARGET ${name} POST_BUILD BYPRODUCTS ${list} COMMENT "" VERBATIM
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${name}> -DROOM=${room} -DTIMEOUT=${timeout} -DLIST=${list}
      -DFOLDER=${CMAKE_CURRENT_BINARY_DIR} -DRESULTS=${CMAKE_BINARY_DIR}/results -P ${script})
  file(CONFIGURE OUTPUT ${name}_tests.cmake @ONLY CONTENT
    "if(EXISTS \"@list@\")\n  include(\"@list@\")\nelse()\n  add_test(@name@_NOT_BUILT @name@_NOT_BUILT)\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}_tests.cmake)
endfunction()

# Whether one of the targets behind `out` uses LibTorch.
function(uses_torch out)
  set(${out} FALSE PARENT_SCOPE)
  foreach(dep ${ARGN})
    if(dep STREQUAL "facemat::torch" OR dep MATCHES "^facemat_(model|train|export|checkpoint_predictor)$")
      set(${out} TRUE PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# LibTorch's headers take many seconds to read: targets that use it share one precompiled header.
function(pch_if_torch name)
  uses_torch(torch ${ARGN})
  if(torch AND TARGET facemat_torch_pch)
    target_link_libraries(${name} PRIVATE facemat::torch)
    target_precompile_headers(${name} REUSE_FROM facemat_torch_pch)
  endif()
endfunction()

# All targets that `target` links, directly or not.
function(link_closure target out)
  set(open ${target})
  set(seen)
  while(open)
    list(POP_FRONT open item)
    if(item IN_LIST seen OR NOT TARGET ${item})
      continue()
    endif()
    list(APPEND seen ${item})
    get_target_property(alias ${item} ALIASED_TARGET)
    if(alias)
      list(APPEND open ${alias})
    endif()
    foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
      get_target_property(next ${item} ${property})
      if(next)
        list(TRANSFORM next REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1")
        list(APPEND open ${next})
      endif()
    endforeach()
  endwhile()
  set(${out} ${seen} PARENT_SCOPE)
endfunction()

# forbid(target TORCH lib): stop the configure if `target` links `lib` by any path.
function(forbid target why lib)
  if(NOT TARGET ${target} OR NOT TARGET ${lib})
    return()
  endif()
  link_closure(${target} closure)
  get_target_property(real ${lib} ALIASED_TARGET)
  if("${lib}" IN_LIST closure OR "${real}" IN_LIST closure)
    message(FATAL_ERROR "${target} must not link ${lib} (${why}); see CONTRIBUTING.md, 'The house'")
  endif()
endfunction()
