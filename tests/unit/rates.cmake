# SPDX-License-Identifier: Apache-2.0
# Does the tool behind scripts/base-rates measure?
add_test(NAME base_rates
  COMMAND ${CMAKE_CURRENT_LIST_DIR}/base_rates_test.sh $<TARGET_FILE:mxray-base-rates>
    ${PROJECT_SOURCE_DIR}/../shared/captures)
set_tests_properties(base_rates PROPERTIES SKIP_RETURN_CODE 77)
