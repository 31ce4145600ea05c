// SPDX-License-Identifier: Apache-2.0
// Nothing: only so that the headers which all tests include are compiled once.
