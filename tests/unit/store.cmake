# SPDX-License-Identifier: Apache-2.0
mxray_test(store
  SOURCES store_bounds_test.cpp store_fixture.cpp store_paths_test.cpp store_rows_test.cpp
          store_sessions_test.cpp store_trouble_test.cpp
  LIBRARIES mxray_store mxray_format PkgConfig::SQLITE)
