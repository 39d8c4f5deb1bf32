# Writes LIST, which tells ctest of every suite of the test program PROGRAM: one process each, because a process that loads
# LibTorch takes half a second to begin, and there are thousands of tests. Run when the program is built; what each of its tests
# came to is written into RESULTS/ROOM.SUITE.xml.
execute_process(COMMAND ${PROGRAM} --gtest_list_tests OUTPUT_VARIABLE tests COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "(^|\n)[^ \n][^\n]*\\.[^\n]*" lines "${tests}")  # suites stand at the margin, "Sizes/EveryImage.  # ..."
set(content "")
foreach(line ${lines})
  if(line MATCHES "^\n?Running main\\(\\)")
    continue()
  elseif(NOT line MATCHES "^\n?([A-Za-z0-9_/]+)\\.( *#.*)?$")
    message(FATAL_ERROR "${PROGRAM}: no name of a suite: ${line}")
  endif()
  set(suite ${CMAKE_MATCH_1})
  string(REPLACE "/" "_" file ${suite})
  string(APPEND content
    "add_test([=[${ROOM}.${suite}]=] [=[${PROGRAM}]=] [=[--gtest_filter=${suite}.*]=]\n"
    "  --gtest_brief=1 [=[--gtest_output=xml:${RESULTS}/${ROOM}.${file}.xml]=])\n"
    "set_tests_properties([=[${ROOM}.${suite}]=] PROPERTIES TIMEOUT ${TIMEOUT} WORKING_DIRECTORY [=[${FOLDER}]=]\n"
    "  ENVIRONMENT OMP_WAIT_POLICY=passive)\n")
endforeach()
if(content STREQUAL "")
  message(FATAL_ERROR "${PROGRAM}: has no tests")
endif()
file(WRITE ${LIST} "${content}")
