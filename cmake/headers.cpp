// SPDX-License-Identifier: Apache-2.0
// Nothing: only so that headers which many files include are compiled once (CompiledHeaders.cmake).
