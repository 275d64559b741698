// The precompiled header of the tests that speak CAF (test/CMakeLists.txt) needs a source that it is made with.
