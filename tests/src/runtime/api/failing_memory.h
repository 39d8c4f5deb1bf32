#pragma once

// While true, operator new throws in this thread.
extern thread_local bool no_memory;
