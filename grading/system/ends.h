/* SPDX-License-Identifier: MIT */
/*
 * How a run ends, and what arrives in it, on every machine alike: each of these
 * is a test, for the machine that `emulator` sets, "EMULATOR=bochs", or that
 * of tools/run for NULL.
 */
#ifndef GRADING_SYSTEM_ENDS_H
#define GRADING_SYSTEM_ENDS_H

/* The commands have each byte that a string and single quotes can hold. */
void every_byte_arrives_on(const char *emulator);

/* A CPU that gives up is status 129, and a line says so. */
void a_triple_fault_is_129_on(const char *emulator);

/* SIGTERM for tools/run ends all that it has started. */
void a_killed_run_ends_on(const char *emulator);

/* At the keyboard: ^C ends the command alone, and `exit 5` is status 5. */
void control_c_ends_the_command_on(const char *emulator);

/* At the keyboard: ^A x ends the emulator. */
void control_a_x_ends(const char *emulator);

#endif
