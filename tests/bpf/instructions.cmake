# SPDX-License-Identifier: Apache-2.0
# Have the programs in the kernel grown?
if(NOT MXRAY_SANITIZE) # the same object in both builds
  add_test(NAME bpf.instructions
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/instructions.sh ${PROJECT_BINARY_DIR}/bpf/mxray.bpf.o)
  set_tests_properties(bpf.instructions PROPERTIES SKIP_RETURN_CODE 77)
endif()
