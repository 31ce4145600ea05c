# SPDX-License-Identifier: Apache-2.0
# How are headers compiled once that many files read? A third of what the builds cost.
#
#   mxray_compiled_headers(NAME HEADERS header… [OPTIONS option…] [LIBRARIES library…]
#     [WITH_CODE [WITHOUT symbol…]])
#   mxray_read_compiled_headers(TARGET NAME)
#
# Only by clang: optimising, GCC 12 warns of what is not so in headers that it has compiled.
# So a build by GCC reads file by file, which tells what a file forgets to include.
#
# WITH_CODE: where nothing is optimised (the sanitized build), the code of the headers'
# functions is made once, too, not in each file that calls them. For CLI11 and GoogleMock
# that is half of all. Of all functions, so also of those that nobody calls and that call what
# Debian's libraries, made for an older C++, have not: name them behind WITHOUT.
set(MXRAY_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(mxray_compiled_headers name)
  cmake_parse_arguments(ARG "WITH_CODE" "" "HEADERS;OPTIONS;LIBRARIES;WITHOUT" ${ARGN})
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    return()
  endif()
  add_library(${name} OBJECT ${MXRAY_CMAKE_DIR}/headers.cpp)
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
  target_compile_options(${name} PRIVATE ${ARG_OPTIONS})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} mxray_warnings)
  if(NOT ARG_WITH_CODE OR NOT MXRAY_SANITIZE)
    return()
  endif()

  target_compile_options(${name} PRIVATE "SHELL:-Xclang -fmodules-codegen")
  set(headers ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${name}.dir/cmake_pch.hxx.pch)
  set(code ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
  get_directory_property(options COMPILE_OPTIONS)
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_DEBUG}")
  add_custom_command(OUTPUT ${code}
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} ${options} ${ARG_OPTIONS} -c ${headers} -o ${code}
    DEPENDS ${headers} VERBATIM)
  set_source_files_properties(${code} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  add_library(${name}_code STATIC ${code})
  set_target_properties(${name}_code PROPERTIES LINKER_LANGUAGE CXX)
  foreach(symbol ${ARG_WITHOUT})
    target_link_options(${name}_code INTERFACE -Wl,--defsym=${symbol}=0)
  endforeach()
endfunction()

function(mxray_read_compiled_headers target name)
  if(TARGET ${name})
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
  if(TARGET ${name}_code)
    target_link_libraries(${target} PUBLIC ${name}_code)
  endif()
endfunction()
