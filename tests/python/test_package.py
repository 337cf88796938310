"""The package as a whole."""
import bellwether


def test_the_native_part_is_there():
    assert bellwether._native.__name__ == "bellwether._native"
