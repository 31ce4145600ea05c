# SPDX-License-Identifier: Apache-2.0
# Is every form of traceroute read, and the forger placed where the numbers say?
mxray_test(path
  SOURCES format_samples.cpp path_placement_test.cpp path_traceroute_test.cpp
  LIBRARIES mxray_path mxray_format)
