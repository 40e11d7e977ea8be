"""What is asked in an evaluation: scripted sets, SQuAD files, labelled passages, drafts."""
