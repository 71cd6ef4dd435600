from cti_router.core.heard import Value, pieces_of, without_values


def test_a_text_without_values_is_one_sound() -> None:
    assert pieces_of("welcome", "Bonjour.") == (("cti/welcome", "Bonjour."),)


def test_a_text_is_cut_at_its_values_and_each_piece_is_a_sound() -> None:
    assert pieces_of("closed", "Fermé. Nous rouvrons {opening}, à bientôt.") == (
        ("cti/closed-1", "Fermé. Nous rouvrons"),
        (Value.OPENING, ""),
        ("cti/closed-3", ", à bientôt."),
    )


def test_what_has_no_letter_is_no_sound() -> None:
    assert pieces_of("place", "Vous êtes numéro {position}.") == (
        ("cti/place-1", "Vous êtes numéro"),
        (Value.POSITION, ""),
    )
    assert pieces_of("wait", "« {wait} »") == ((Value.WAIT, ""),)


def test_who_knows_no_value_leaves_out_the_whole_prompt_that_has_one() -> None:
    sounds = tuple(sound for sound, _ in pieces_of("opening", "Nous rouvrons {opening}, à bientôt."))
    assert without_values(("cti/closed", *sounds, "vm-goodbye", "digits/1")) == ("cti/closed", "vm-goodbye", "digits/1")
