/**
 * Tests of control with the processes it starts: what dies, hangs and ends. Not shipped; there is
 * nothing to enter by.
 */
module dev.skerry.verify.control {}
